//! What each connection carries, over the control interface.

use serde_json::{Value, json};

use super::params::Params;
use super::wire::Fault;
use crate::account::{FeatureException, FeatureView, Request};
use crate::model::{Feature, FeatureScope, Jid};

/// FEATURE.
pub(super) fn shape(view: &FeatureView) -> Value {
    json!({ "feature": view.feature, "on": view.on, "origin": view.origin, "text": view.text })
}

/// EXCEPTION: `with`, `domain` and `feature` are what `set-feature` takes it back by.
pub(super) fn exception(rule: &FeatureException) -> Value {
    let (with, domain) = match &rule.scope {
        FeatureScope::Device => (None, None),
        // As it is given: a SIP address stands for its conversation.
        FeatureScope::Contact(jid) => match jid.sip_address() {
            Some(uri) => (Some(uri.to_string()), None),
            None => (Some(jid.to_string()), None),
        },
        FeatureScope::Domain(domain) => (None, Some(domain.to_string())),
    };
    json!({
        "feature": rule.feature, "with": with, "domain": domain, "on": rule.on, "removable": rule.removable,
        "text": rule.text,
    })
}

/// `set-feature`: `feature`, `value` (on, off or default), and at most one of `with` and `domain`; neither: this device.
pub(super) fn set(params: &mut Params) -> Result<Request, Fault> {
    let feature = params.parsed("feature", "calls-over-chat or messages-over-voice", Feature::from_word)?;
    let value = params.parsed("value", "on, off or default", |text| match text {
        "on" => Some(Some(true)),
        "off" => Some(Some(false)),
        "default" => Some(None),
        _ => None,
    })?;
    let with = params.correspondent("with")?;
    let domain = params.parsed("domain", "a domain", |text| {
        Jid::parse(text).ok().filter(|jid| jid.local().is_none()).map(|jid| jid.domain().to_owned())
    })?;
    let scope = match (with, domain) {
        (Some(with), None) => FeatureScope::Contact(with),
        (None, Some(domain)) => FeatureScope::Domain(domain.as_str().into()),
        (None, None) => FeatureScope::Device,
        (Some(_), Some(_)) => return Err(Fault::bad_params("Name a person or a domain, not both.".to_owned())),
    };
    Ok(Request::SetFeature { feature: Params::needed(feature, "feature")?, scope, on: Params::needed(value, "value")? })
}
