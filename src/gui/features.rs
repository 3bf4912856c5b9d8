//! What each connection carries towards the person in the details, asked when they are shown.

use super::app::{App, Effect, Purpose};
use super::update::ask_for;
use crate::account::Request;
use crate::model::{Feature, FeatureScope};

impl App {
    /// Asks for the person whose details are open.
    pub(super) fn ask_features(&mut self) -> Vec<Effect> {
        match self.open.clone().filter(|_| self.details) {
            Some(jid) => ask_for(Request::Features(Some(jid.clone())), Purpose::Features(jid)),
            None => Vec::new(),
        }
    }

    /// Makes or removes a rule, and shows what counts then.
    pub(super) fn set_feature(&mut self, feature: Feature, scope: FeatureScope, on: Option<bool>) -> Vec<Effect> {
        let mut effects = vec![Effect::Ask(Request::SetFeature { feature, scope, on }, Purpose::Tell)];
        effects.extend(self.ask_features());
        effects
    }
}
