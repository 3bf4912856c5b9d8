//! The menu of the icon on the bus (`com.canonical.dbusmenu`, version 3 of the interface).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures::channel::mpsc::Sender;
use zbus::object_server::SignalEmitter;
use zbus::zvariant::{OwnedValue, Structure, Value};

use super::{Tray, TrayEntry, TrayHeard, TrayKind};

/// The longest line, in characters.
const LONGEST: usize = 120;

/// What is shown, and how often that changed: the revision of the menu.
pub(super) type Shared = Arc<Mutex<(u32, Arc<Tray>)>>;

/// What is shown now.
pub(super) fn shown(shared: &Shared) -> (u32, Arc<Tray>) {
    shared.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// What a line says of itself, by the interface's names.
type Properties = HashMap<String, OwnedValue>;
/// A line: its number, what it says, and the lines below it.
type Layout = (i32, Properties, Vec<OwnedValue>);

/// The menu as an object.
pub(super) struct Menu {
    pub(super) shared: Shared,
    /// When full, a click is lost: the window has not come to the ones before it.
    pub(super) told: Sender<TrayHeard>,
}

impl Menu {
    fn clicked(&mut self, id: i32, event: &str) -> bool {
        let (_, tray) = shown(&self.shared);
        let Some(entry) = tray.menu.iter().find(|entry| entry.id == id) else { return id == 0 };
        if event == "clicked" && !matches!(entry.kind, TrayKind::Fact | TrayKind::Separator) {
            let _ = self.told.try_send(TrayHeard::Chosen(id));
        }
        true
    }
}

#[zbus::interface(name = "com.canonical.dbusmenu")]
impl Menu {
    /// The lines below one; only the menu itself (0) has any.
    fn get_layout(&self, parent: i32, depth: i32, names: Vec<String>) -> zbus::fdo::Result<(u32, Layout)> {
        let (revision, tray) = shown(&self.shared);
        if parent != 0 {
            let entry = tray.menu.iter().find(|entry| entry.id == parent).ok_or_else(|| unknown(parent))?;
            return Ok((revision, (parent, properties(entry, &names), Vec::new())));
        }
        let line = |entry: &TrayEntry| {
            let line: Layout = (entry.id, properties(entry, &names), Vec::new());
            OwnedValue::try_from(Value::from(Structure::from(line))).ok()
        };
        // A depth of 0: the menu alone.
        let lines = if depth == 0 { Vec::new() } else { tray.menu.iter().filter_map(line).collect() };
        Ok((revision, (0, HashMap::from([("children-display".to_owned(), text("submenu"))]), lines)))
    }

    fn get_group_properties(&self, ids: Vec<i32>, names: Vec<String>) -> Vec<(i32, Properties)> {
        let (_, tray) = shown(&self.shared);
        // No number at all asks for every line.
        let wanted = tray.menu.iter().filter(|entry| ids.is_empty() || ids.contains(&entry.id));
        wanted.map(|entry| (entry.id, properties(entry, &names))).collect()
    }

    fn get_property(&self, id: i32, name: String) -> zbus::fdo::Result<OwnedValue> {
        let (_, tray) = shown(&self.shared);
        let entry = tray.menu.iter().find(|entry| entry.id == id).ok_or_else(|| unknown(id))?;
        properties(entry, &[]).remove(&name).ok_or_else(|| zbus::fdo::Error::InvalidArgs("no such property".to_owned()))
    }

    fn event(&mut self, id: i32, event: String, _data: OwnedValue, _time: u32) -> zbus::fdo::Result<()> {
        if self.clicked(id, &event) { Ok(()) } else { Err(unknown(id)) }
    }

    fn event_group(&mut self, events: Vec<(i32, String, OwnedValue, u32)>) -> Vec<i32> {
        events.into_iter().filter(|(id, event, _, _)| !self.clicked(*id, event)).map(|(id, ..)| id).collect()
    }

    /// It is always as it is to be.
    fn about_to_show(&self, _id: i32) -> bool {
        false
    }

    fn about_to_show_group(&self, _ids: Vec<i32>) -> (Vec<i32>, Vec<i32>) {
        (Vec::new(), Vec::new())
    }

    #[zbus(property)]
    fn version(&self) -> u32 {
        3
    }

    #[zbus(property)]
    fn text_direction(&self) -> &str {
        "ltr"
    }

    #[zbus(property)]
    fn status(&self) -> &str {
        if shown(&self.shared).1.attention { "notice" } else { "normal" }
    }

    #[zbus(property)]
    fn icon_theme_path(&self) -> Vec<String> {
        Vec::new()
    }

    /// The menu is to be read anew.
    #[zbus(signal)]
    pub(super) async fn layout_updated(emitter: &SignalEmitter<'_>, revision: u32, parent: i32) -> zbus::Result<()>;
}

fn unknown(id: i32) -> zbus::fdo::Error {
    zbus::fdo::Error::InvalidArgs(format!("the menu has no line {id}"))
}

fn text(words: &str) -> OwnedValue {
    OwnedValue::from(zbus::zvariant::Str::from(words.to_owned()))
}

/// What a line says, as far as it is asked for; without names, everything.
fn properties(entry: &TrayEntry, names: &[String]) -> Properties {
    let state = |on: bool| OwnedValue::from(i32::from(on));
    let mut all = match entry.kind {
        TrayKind::Separator => vec![("type", text("separator"))],
        TrayKind::Fact | TrayKind::Action | TrayKind::Choice(_) | TrayKind::Switch(_) => {
            vec![
                ("label", text(&label(&entry.label))),
                ("enabled", OwnedValue::from(entry.kind != TrayKind::Fact)),
                ("visible", OwnedValue::from(true)),
            ]
        }
    };
    match entry.kind {
        TrayKind::Choice(on) => all.extend([("toggle-type", text("radio")), ("toggle-state", state(on))]),
        TrayKind::Switch(on) => all.extend([("toggle-type", text("checkmark")), ("toggle-state", state(on))]),
        TrayKind::Fact | TrayKind::Action | TrayKind::Separator => {}
    }
    let asked = |name: &str| names.is_empty() || names.iter().any(|known| known == name);
    all.into_iter().filter(|(name, _)| asked(name)).map(|(name, value)| (name.to_owned(), value)).collect()
}

/// An underscore would underline the letter behind it.
fn label(words: &str) -> String {
    words.chars().take(LONGEST).collect::<String>().replace('_', "__")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_in_the_menu_keeps_its_underscores_and_a_long_one_is_cut() {
        assert_eq!(label("a_b@example.com"), "a__b@example.com");
        assert_eq!(label(&"x".repeat(4_000)).len(), LONGEST);
    }

    #[test]
    fn only_lines_that_do_something_can_be_clicked_and_a_line_that_went_is_no_other_line() {
        let entry = |id, kind| TrayEntry { id, label: "A line".to_owned(), kind };
        let tray = Tray {
            menu: vec![entry(1, TrayKind::Action), entry(2, TrayKind::Fact), entry(3, TrayKind::Switch(true))],
            ..Tray::default()
        };
        let (told, mut heard) = futures::channel::mpsc::channel(8);
        let mut menu = Menu { shared: Arc::new(Mutex::new((7, Arc::new(tray)))), told };
        for (id, event, known) in [
            (1, "clicked", true),
            (2, "clicked", true),
            (3, "hovered", true),
            (3, "clicked", true),
            (9, "clicked", false),
        ] {
            assert_eq!(menu.clicked(id, event), known, "{id} {event}");
        }
        drop(menu);
        let heard: Vec<TrayHeard> = std::iter::from_fn(|| heard.try_recv().ok()).collect();
        assert_eq!(heard, [TrayHeard::Chosen(1), TrayHeard::Chosen(3)]);
    }

    #[test]
    fn a_line_says_no_more_than_it_is_asked_for() {
        let entry = TrayEntry { id: 3, label: "Do not disturb".to_owned(), kind: TrayKind::Switch(true) };
        let all = properties(&entry, &[]);
        assert_eq!(all.len(), 5);
        assert_eq!(i32::try_from(&all["toggle-state"]), Ok(1));
        let one = properties(&entry, &["label".to_owned()]);
        assert_eq!(one.keys().collect::<Vec<_>>(), ["label"]);
    }
}
