//! `raise-security`: what it takes and what it gives.

use serde_json::{Value, json};

use super::json as shapes;
use crate::account::RaiseReport;
use crate::model::RaiseOutcome;

/// The result: each change with its outcome, whether all of them hold, and how the connections compare now.
pub(super) fn report(report: &RaiseReport) -> Value {
    let step = |step: &crate::model::RaiseStep| {
        json!({
            "account": step.account,
            "aspect": step.aspect,
            "key": step.key,
            "from": step.from,
            "to": step.to,
            "outcome": step.outcome.word(),
            "text": step.text,
        })
    };
    let held = |step: &crate::model::RaiseStep| matches!(step.outcome, RaiseOutcome::Done | RaiseOutcome::Planned);
    json!({
        "changes": report.steps.iter().map(step).collect::<Vec<_>>(),
        "ok": report.steps.iter().all(held),
        "parity": shapes::parity(&report.parity),
    })
}
