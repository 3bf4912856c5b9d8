//! The security sheet: where it opens from, what it marks, and its one button.

use std::sync::Arc;

use tandem::account::{Request, Snapshot};
use tandem::gui::{Message as Event, Overlay, Place};
use tandem::model::{Aspect, Choice, Question, QuestionId, QuestionKind, RaiseOutcome};

use super::world::*;

const NOTICE: &str = "Chat and voice are not protected alike.";

/// Voice in the clear, which can be raised.
fn uneven() -> Snapshot {
    let mut snapshot = with_protection(snapshot(), &[Aspect::Transport], &[]);
    let step = step_to("transport", Aspect::Transport, "auto", "Voice is encrypted.", RaiseOutcome::Planned);
    Arc::make_mut(&mut snapshot.protection).plan = vec![step];
    snapshot
}

fn shows(snapshot: Snapshot, words: &str) -> bool {
    let app = app(snapshot);
    simulator(&app, 1100.0, 720.0).find(words).is_ok()
}

#[test]
fn c_46_the_sheet_opens_from_the_notice_the_padlock_and_the_connections_and_raises_with_one_button() {
    for opener in ["Show", "padlock", "Compare both"] {
        let mut app = app(uneven());
        if opener == "Compare both" {
            app.update(Event::Go(Place::Connections));
        }
        let asked = match opener {
            "padlock" => click_named(&mut app, "padlock"),
            words => click(&mut app, words),
        };
        assert!(asked.is_empty(), "looking changes nothing: {asked:?}");
        let asked = click_named(&mut app, "raise-security");
        assert!(matches!(asked.as_slice(), [Request::RaiseSecurity { dry_run: false }]), "{opener}: {asked:?}");
    }
}

#[test]
fn the_quiet_line_is_there_for_what_nobody_accepted_and_goes_when_it_is_hidden() {
    assert!(!shows(with_protection(snapshot(), &[], &[]), NOTICE), "nothing differs");
    assert!(shows(uneven(), NOTICE));
    assert!(!shows(with_protection(snapshot(), &[Aspect::Login], &[Aspect::Login]), NOTICE), "the user accepted it");
    let mut app = app(uneven());
    click_named(&mut app, "Hide");
    assert!(simulator(&app, 1100.0, 720.0).find(NOTICE).is_err());
    let more = with_protection(snapshot(), &[Aspect::Transport, Aspect::Login], &[]);
    app.update(Event::Snapshot(Arc::new(more)));
    assert!(simulator(&app, 1100.0, 720.0).find(NOTICE).is_ok(), "something else differs now");
}

#[test]
fn what_was_accepted_stays_marked_on_the_sheet_and_can_be_taken_back() {
    let mut app = app(with_protection(snapshot(), &[Aspect::Login], &[Aspect::Login]));
    app.update(Event::Lay(Some(Overlay::Security)));
    assert!(simulator(&app, 1100.0, 900.0).find("accepted by you").is_ok());
    let asked = click(&mut app, "Take this back");
    assert!(matches!(asked.as_slice(), [Request::WithdrawConsent { aspect: Aspect::Login, .. }]), "{asked:?}");
}

#[test]
fn a_question_about_what_could_not_be_raised_comes_before_the_sheet() {
    let mut snapshot = uneven();
    let choice = |id: &str, label: &str| Choice { id: id.into(), label: label.into(), detail: None };
    snapshot.questions = Arc::from([Question {
        id: QuestionId(1),
        kind: QuestionKind::Security,
        text: "\"voice\" could not be raised.".into(),
        choices: vec![choice("keep", "Leave it as it is"), choice("accept", "Accept it for this account")],
    }]);
    let mut app = app(snapshot);
    app.update(Event::Lay(Some(Overlay::Security)));
    let asked = click(&mut app, "Leave it as it is");
    assert!(matches!(asked.as_slice(), [Request::Answered { .. }]), "{asked:?}");
}
