//! Defects in the program itself, and what could not be written: said, and lived with (F30).

use std::sync::Arc;

use super::manager::Manager;
use crate::model::{AccountId, ConditionKind, Now, Remedy, Service};

impl Manager {
    /// The task of a connection is gone, and with it whatever was between it and the server. It is started anew from what is
    /// stored: messages that were not acknowledged are sent again, the list and the archive are asked for, and the account's
    /// calls end, because nothing knows their dialogs any more.
    pub(super) fn handle_defect(&mut self, id: &AccountId, now: Now) {
        let Some(service) = self.service(id) else { return };
        self.start_account(id, now);
        let text = match service {
            Service::Chat => {
                "A fault in Tandem itself ended the connection for chat. It is started anew, and nothing is lost."
            }
            Service::Voice => {
                "A fault in Tandem itself ended the connection for calls, and the calls on it. It is started anew."
            }
        };
        let text = [text, "The folder of the log has a report of it: please send it to us."].join(" ");
        self.add_condition(ConditionKind::Defect(service), &text, Remedy::Dismiss);
    }

    pub(super) fn handle_relation_written(&mut self, result: Result<(), Arc<str>>) {
        if let Err(why) = result {
            let text = format!("Which accounts belong together holds for this run only: {why}");
            self.add_condition(ConditionKind::Configuration, &text, Remedy::Dismiss);
        }
    }

    pub(super) fn handle_password_kept(&mut self, id: &AccountId, result: Result<(), Arc<str>>) {
        if let Err(why) = result {
            let text = format!("The new password of \"{}\" could not be kept: {why}", id.as_str());
            self.add_condition(ConditionKind::Configuration, &text, Remedy::Dismiss);
        }
    }
}
