//! Data forms (XEP-0004) as plain values: what a server asks, and what the user fills in.

use std::sync::Arc;

use serde::Serialize;

/// How a field is filled in (XEP-0004 section 3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FieldKind {
    /// Yes or no.
    Boolean,
    /// Only to be read.
    Fixed,
    /// Sent back as it came, not shown.
    Hidden,
    /// One line.
    Text,
    /// One line that is not shown while it is typed.
    Private,
    /// Several lines.
    Lines,
    /// One of the options.
    Choice,
    /// Some of the options.
    Choices,
    /// One address.
    Address,
    /// Several addresses, one a line.
    Addresses,
}

/// A field of a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Field {
    /// Its name for the server; empty for a fixed one.
    pub var: Arc<str>,
    /// What it is called; the name where the server gives none.
    pub label: Arc<str>,
    /// How it is filled in.
    pub kind: FieldKind,
    /// It must be filled in.
    pub required: bool,
    /// The value: one line each.
    pub values: Vec<Arc<str>>,
    /// The options: value and what it is called.
    pub options: Vec<(Arc<str>, Arc<str>)>,
}

impl Field {
    /// Whether a yes-or-no field says yes (XEP-0004 section 3.3: `1` and `true`).
    pub fn is_true(&self) -> bool {
        self.values.first().is_some_and(|value| matches!(&**value, "1" | "true"))
    }

    /// The first value.
    pub fn value(&self) -> &str {
        self.values.first().map(AsRef::as_ref).unwrap_or_default()
    }
}

/// A form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Form {
    /// What it is about.
    pub title: Option<Arc<str>>,
    /// What to do with it.
    pub instructions: Option<Arc<str>>,
    /// The fields in order.
    pub fields: Vec<Field>,
}

impl Form {
    /// The field with this name.
    pub fn field(&self, var: &str) -> Option<&Field> {
        self.fields.iter().find(|field| &*field.var == var)
    }

    /// Fills a field in; `false`: there is none of that name.
    pub fn set(&mut self, var: &str, values: Vec<Arc<str>>) -> bool {
        let field = self.fields.iter_mut().find(|field| &*field.var == var);
        field.map(|field| field.values = values).is_some()
    }
}
