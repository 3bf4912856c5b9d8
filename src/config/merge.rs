//! The layers laid over each other: built-in < provisioned < user < command line, key by key, with locks.

use toml_edit::{ArrayOfTables, Entry, Item, Key, Table, TableLike};

use super::origins::{Locks, Origin, Origins, account_key};

/// The keys that say where a password is: a user who names one of them names all.
pub(super) const SECRETS: [&str; 4] = ["password-keyring", "password-command", "password-file", "password"];

/// What came of it.
pub(super) struct Merged {
    /// The tree; what stood in a text still knows its place there.
    pub(super) root: Table,
    pub(super) origins: Origins,
    /// What the user wrote and a lock overrules: the key, and where it stands.
    pub(super) overruled: Vec<(String, Option<std::ops::Range<usize>>)>,
}

/// Lays the user's tree over the document's.
pub(super) fn merge(user: &Table, provisioned: &Table, locks: &Locks, title: &str) -> Merged {
    let origin = Origin::Provisioned { title: title.into() };
    let merged = Merged { root: Table::new(), origins: Origins::new(locks.clone()), overruled: Vec::new() };
    let ids = |tree: &Table| -> Vec<String> {
        let services =
            ["chat", "voice"].into_iter().filter_map(|name| Some((name, tree.get(name)?.as_array_of_tables()?)));
        services.flat_map(|(name, tables)| tables.iter().map(move |table| identity(table, name))).collect()
    };
    // The user's own accounts have an address; without one, a table adds to an account of the document.
    let complete = ids(provisioned);
    let own = ["chat", "voice"].into_iter().filter_map(|name| Some((name, user.get(name)?.as_array_of_tables()?)));
    let own = own.flat_map(|(name, tables)| {
        tables.iter().filter(|table| table.contains_key("address")).map(move |table| identity(table, name))
    });
    let complete = complete.into_iter().chain(own).collect();
    let is_provisioned = user.contains_key("provisioning");
    let mut merger = Merger { locks, origin, merged, complete, is_provisioned };
    let names: Vec<&str> = user.iter().chain(provisioned.iter()).map(|(name, _)| name).collect();
    for name in names {
        if merger.merged.root.contains_key(name) {
            continue;
        }
        let (ours, theirs) = (user.get_key_value(name), provisioned.get_key_value(name));
        let item = match name {
            _ if identity_key(name).is_some() => {
                merger.tables(name, ours.map(|(_, item)| item), theirs.map(|(_, item)| item), |table| {
                    identity(table, name)
                })
            }
            _ => merger.item(name, name, ours.map(|(_, item)| item), theirs.map(|(_, item)| item)),
        };
        if let (Some(item), Some((key, _))) = (item, ours.or(theirs)) {
            merger.merged.root.insert_formatted(key, item);
        }
    }
    merger.merged
}

struct Merger<'l> {
    locks: &'l Locks,
    origin: Origin,
    merged: Merged,
    /// The ids of all accounts that have an address.
    complete: Vec<String>,
    /// The user's file says that there is a document.
    is_provisioned: bool,
}

/// The key by which the tables of a list are told apart, so that layers add to each other's; other lists are one value.
pub(super) fn identity_key(list: &str) -> Option<&'static str> {
    match list {
        "chat" | "voice" => Some("id"),
        "relation" => Some("chat"),
        "domain-features" => Some("domain"),
        "contact-features" => Some("contact"),
        _ => None,
    }
}

fn identity(table: &Table, list: &str) -> String {
    let name = identity_key(list).and_then(|key| table.get(key)).and_then(Item::as_str);
    // An account without a name has its service's.
    name.unwrap_or(list).to_owned()
}

impl Merger<'_> {
    /// One key: `path` is how locks know it, `name` how the origins do.
    fn item(&mut self, path: &str, name: &str, user: Option<&Item>, provisioned: Option<&Item>) -> Option<Item> {
        let table = |item: Option<&Item>| item.is_none_or(Item::is_table_like);
        if table(user) && table(provisioned) {
            return self.table(path, name, user, provisioned);
        }
        if self.locks.cover(path) {
            if let Some(user) = user {
                self.merged.overruled.push((name.to_owned(), user.span()));
            }
            if provisioned.is_some() {
                self.merged.origins.set(name, self.origin.clone());
            }
            return provisioned.cloned();
        }
        match (user, provisioned) {
            (Some(user), _) => {
                self.merged.origins.set(name, Origin::User);
                Some(user.clone())
            }
            (None, Some(provisioned)) => {
                self.merged.origins.set(name, self.origin.clone());
                Some(provisioned.clone())
            }
            (None, None) => None,
        }
    }

    /// Two tables, or one: key by key.
    fn table(&mut self, path: &str, name: &str, user: Option<&Item>, provisioned: Option<&Item>) -> Option<Item> {
        let mut result = user.or(provisioned)?.clone();
        let ours = user.and_then(Item::as_table_like);
        let theirs = provisioned.and_then(Item::as_table_like);
        let target = result.as_table_like_mut()?;
        self.keys(path, name, target, ours, theirs);
        Some(result)
    }

    fn keys(
        &mut self,
        path: &str,
        name: &str,
        target: &mut dyn TableLike,
        ours: Option<&dyn TableLike>,
        theirs: Option<&dyn TableLike>,
    ) {
        let mut keys: Vec<String> = Vec::new();
        for (key, _) in [ours, theirs].into_iter().flatten().flat_map(TableLike::iter) {
            if !keys.iter().any(|known| known == key) {
                keys.push(key.to_owned());
            }
        }
        for key in keys {
            let (user, provisioned) = (ours.and_then(|t| t.get(&key)), theirs.and_then(|t| t.get(&key)));
            let item = self.item(&format!("{path}.{key}"), &format!("{name}.{key}"), user, provisioned);
            let known = ours.and_then(|t| t.key(&key)).or_else(|| theirs.and_then(|t| t.key(&key)));
            match (item, known) {
                (Some(item), Some(known)) => put(target, known, item),
                (None, _) | (_, None) => {
                    target.remove(&key);
                }
            }
        }
    }

    /// What the user added to an account that the administrator has taken back: no mistake of the user's.
    fn is_left_over(&self, name: &str, table: &Table) -> bool {
        let known =
            |key| table.get(key).and_then(Item::as_str).is_none_or(|id| self.complete.iter().any(|known| known == id));
        self.is_provisioned
            && match name {
                "relation" => !known("chat") || !known("voice"),
                "chat" | "voice" => !table.contains_key("address"),
                _ => false,
            }
    }

    /// `[[name]]` tables, matched by who they are.
    fn tables(
        &mut self,
        name: &str,
        user: Option<&Item>,
        provisioned: Option<&Item>,
        identity: impl Fn(&Table) -> String,
    ) -> Option<Item> {
        let arrays = (user.map(Item::as_array_of_tables), provisioned.map(Item::as_array_of_tables));
        // What is no array of tables is told by whoever reads it.
        let (ours, theirs) = match arrays {
            (Some(None), _) => return user.cloned(),
            (_, Some(None)) => return provisioned.cloned(),
            (ours, theirs) => (ours.flatten(), theirs.flatten()),
        };
        let mut result = ArrayOfTables::new();
        // The administrator's accounts come first: they are the ones that others know.
        for table in theirs.into_iter().flat_map(ArrayOfTables::iter) {
            let id = identity(table);
            let own = ours.into_iter().flat_map(ArrayOfTables::iter).find(|own| identity(own) == id);
            let mut merged = own.unwrap_or(table).clone();
            let shown = account_key(name, &id, "");
            let mut theirs = table.clone();
            if own.is_some_and(|own| SECRETS.iter().any(|key| own.contains_key(key))) {
                SECRETS.iter().for_each(|key| {
                    theirs.remove(key);
                });
            }
            self.keys(name, shown.trim_end_matches('.'), &mut merged, own.map(|own| own as _), Some(&theirs));
            self.merged.origins.set(&account_key(name, &id, "@"), self.origin.clone());
            result.push(merged);
        }
        let provisioned: Vec<String> = result.iter().map(&identity).collect();
        let mut taken: Vec<String> = Vec::new();
        for table in ours.into_iter().flat_map(ArrayOfTables::iter) {
            let id = identity(table);
            // The first of this name was laid over the document's; a second one is told by whoever reads it.
            if provisioned.contains(&id) && !taken.contains(&id) {
                taken.push(id);
                continue;
            }
            if self.is_left_over(name, table) {
                self.merged.overruled.push((format!("[[{name}]] {id}"), table.span()));
                continue;
            }
            for (key, _) in table.iter() {
                self.merged.origins.set(&account_key(name, &id, key), Origin::User);
            }
            result.push(table.clone());
        }
        Some(Item::ArrayOfTables(result))
    }
}

fn put(target: &mut dyn TableLike, key: &Key, item: Item) {
    match target.entry_format(key) {
        Entry::Occupied(mut entry) => {
            entry.insert(item);
        }
        Entry::Vacant(entry) => {
            entry.insert(item);
        }
    }
}
