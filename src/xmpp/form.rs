//! Data forms (XEP-0004): reading what a server asks, within bounds, and writing what was filled in.

use std::sync::Arc;

use minidom::Element;

use super::stanza::{With, ns};
use crate::model::{Field, FieldKind, Form};

/// Fields that are read. When full: the rest is left out, and so is not sent back.
const MOST_FIELDS: usize = 200;
/// Options, and values, of one field. When full: the rest is left out.
const MOST_OPTIONS: usize = 200;
/// The longest label or title, characters.
const LONGEST_LABEL: usize = 500;
/// The longest value, bytes.
const LONGEST_VALUE: usize = 8 * 1024;

/// Reads a form that is to be filled in, or a result.
pub(super) fn read(x: &Element) -> Option<Form> {
    if !x.is("x", ns::DATA_FORM) {
        return None;
    }
    let line = |name: &str| x.get_child(name, ns::DATA_FORM).and_then(|child| label(&child.text()));
    let fields =
        x.children().filter(|child| child.is("field", ns::DATA_FORM)).take(MOST_FIELDS).filter_map(field).collect();
    Some(Form { title: line("title"), instructions: line("instructions"), fields })
}

fn label(text: &str) -> Option<Arc<str>> {
    let text: String = text.trim().chars().filter(|c| !c.is_control()).take(LONGEST_LABEL).collect();
    (!text.is_empty()).then(|| text.into())
}

fn field(field: &Element) -> Option<Field> {
    let var = field.attr("var").unwrap_or_default();
    let kind = match field.attr("type") {
        Some("boolean") => FieldKind::Boolean,
        Some("fixed") => FieldKind::Fixed,
        Some("hidden") => FieldKind::Hidden,
        Some("text-private") => FieldKind::Private,
        Some("text-multi") => FieldKind::Lines,
        Some("list-single") => FieldKind::Choice,
        Some("list-multi") => FieldKind::Choices,
        Some("jid-single") => FieldKind::Address,
        Some("jid-multi") => FieldKind::Addresses,
        // XEP-0004 section 3.3: what is not known is a text.
        Some(_) | None => FieldKind::Text,
    };
    if (var.is_empty() && kind != FieldKind::Fixed) || var.len() > LONGEST_LABEL {
        return None;
    }
    let value = |child: &Element| {
        let text = child.text();
        (text.len() <= LONGEST_VALUE).then(|| Arc::from(text.as_str()))
    };
    let values = field.children().filter(|child| child.is("value", ns::DATA_FORM)).take(MOST_OPTIONS);
    let options = field.children().filter(|child| child.is("option", ns::DATA_FORM)).take(MOST_OPTIONS);
    Some(Field {
        var: var.into(),
        label: field.attr("label").and_then(label).unwrap_or_else(|| var.into()),
        kind,
        required: field.has_child("required", ns::DATA_FORM),
        values: values.filter_map(value).collect(),
        options: options
            .filter_map(|option| {
                let value = option.get_child("value", ns::DATA_FORM).and_then(value)?;
                let shown = option.attr("label").and_then(label).unwrap_or_else(|| value.clone());
                Some((value, shown))
            })
            .collect(),
    })
}

/// The form as it is sent back: every field but fixed ones, hidden ones as they came (XEP-0004 section 3.2).
pub(super) fn submit(form: &Form) -> Element {
    let fields = form.fields.iter().filter(|field| field.kind != FieldKind::Fixed).map(|field| {
        let mut written = Element::builder("field", ns::DATA_FORM).with("var", &field.var);
        for value in &field.values {
            written = written.with_text_child("value", ns::DATA_FORM, value);
        }
        written.build()
    });
    Element::builder("x", ns::DATA_FORM).with("type", "submit").append_all(fields).build()
}

/// A form of plain fields that is sent.
pub(super) fn filled(fields: &[(&'static str, &str)]) -> Element {
    let fields = fields.iter().map(|(var, value)| {
        let field = Element::builder("field", ns::DATA_FORM).with("var", var);
        field.with_text_child("value", ns::DATA_FORM, value).build()
    });
    Element::builder("x", ns::DATA_FORM).with("type", "submit").append_all(fields).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_filled_in_and_sent_back_without_losing_hidden_fields() {
        let text = "<x xmlns='jabber:x:data' type='form'><title>Settings</title>
            <field type='hidden' var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roomconfig</value></field>
            <field type='fixed'><value>About</value></field>
            <field type='text-single' var='name' label='Name'><required/><value>Old</value></field>
            <field type='boolean' var='open' label='Open'><value>1</value></field>
            <field type='list-single' var='who'><value>a</value><option label='A'><value>a</value></option>
            <option><value>b</value></option></field></x>";
        let mut form = read(&text.parse().expect("valid")).expect("a form");
        assert_eq!(form.title.as_deref(), Some("Settings"));
        let kinds: Vec<FieldKind> = form.fields.iter().map(|field| field.kind).collect();
        use FieldKind::{Boolean, Choice, Fixed, Hidden, Text};
        assert_eq!(kinds, [Hidden, Fixed, Text, Boolean, Choice]);
        assert!(form.field("open").expect("there").is_true());
        assert!(form.field("name").expect("there").required);
        assert_eq!(form.field("who").expect("there").options.len(), 2);
        assert!(form.set("name", vec!["New".into()]));
        let sent = submit(&form);
        let again = read(&sent).expect("a form");
        assert_eq!(again.field("name").map(Field::value), Some("New"));
        assert_eq!(again.field("FORM_TYPE").map(Field::value), Some("http://jabber.org/protocol/muc#roomconfig"));
        assert_eq!(again.fields.len(), 4, "fixed fields are not sent");
    }

    #[test]
    fn a_form_without_end_is_cut() {
        let many: String = (0..10_000).map(|n| format!("<field var='f{n}'><value>x</value></field>")).collect();
        let form = read(&format!("<x xmlns='jabber:x:data'>{many}</x>").parse().expect("valid")).expect("a form");
        assert_eq!(form.fields.len(), MOST_FIELDS);
        let values = "<value>x</value>".repeat(10_000);
        let form = read(
            &format!("<x xmlns='jabber:x:data'><field var='f' label='{}'>{values}</field></x>", "l".repeat(5000))
                .parse()
                .expect("valid"),
        )
        .expect("a form");
        let field = form.field("f").expect("there");
        assert_eq!((field.values.len(), field.label.len()), (MOST_OPTIONS, LONGEST_LABEL));
    }
}
