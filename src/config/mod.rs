//! What the user wrote: `config.toml`, checked, with file and line for every problem.

use serde::Deserialize;

/// How the window looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Appearance {
    /// Light, dark, or as the system.
    pub theme: Theme,
    /// No fades.
    pub reduce_motion: bool,
    /// The scale of everything, in percent; 0 means 100.
    pub scale_percent: u16,
}

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// As the system says.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}
