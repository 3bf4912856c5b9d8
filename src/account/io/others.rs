//! Files of other programs: found in their usual places, read off the runtime's workers, never written.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;

use super::super::BookEvent;
use super::super::accounts_request::{AccountsEffect, OtherEvent, OtherFound, TakeOver};
use super::super::effect::{Input, Ticket};
use super::layers::Layers;
use crate::cusax::{Brought, LARGEST_FILE, MOST_PEOPLE, OtherFile, OtherProgram, SQLITE, read_other};
use crate::platform::home_folders;
use crate::store::io::foreign_rows;

/// Accounts of Gajim's database that are looked at.
const MOST_ROWS: usize = 64;

pub(super) fn run(effect: AccountsEffect, layers: &Layers, inputs: mpsc::Sender<Input>) {
    match effect {
        AccountsEffect::Change { ticket, change } => layers.change_accounts(ticket, *change, inputs),
        AccountsEffect::Find(ticket) => answer(ticket, inputs, || Ok(OtherFound::Files(find()))),
        AccountsEffect::Read { ticket, path, take } => answer(ticket, inputs, move || read(Path::new(&*path), take)),
    }
}

fn answer(
    ticket: Ticket,
    inputs: mpsc::Sender<Input>,
    work: impl FnOnce() -> Result<OtherFound, Arc<str>> + Send + 'static,
) {
    tokio::spawn(async move {
        let done = tokio::task::spawn_blocking(work).await;
        let result = done.unwrap_or_else(|_| Err("The file could not be read.".into()));
        let _ = inputs.send(Input::Book(BookEvent::Other(Box::new(OtherEvent { ticket, result })))).await;
    });
}

/// Files that are there, each program's newest form first.
fn find() -> Vec<(OtherProgram, Arc<str>)> {
    let there = |(program, path): (OtherProgram, PathBuf)| {
        path.is_file().then(|| (program, Arc::from(path.to_string_lossy().as_ref())))
    };
    let (home, config, data) = home_folders();
    places(&home, &config, &data).into_iter().filter_map(there).collect()
}

/// Where the programs keep their files: by themselves, or in the folder of a Flatpak.
fn places(home: &Path, config: &Path, data: &Path) -> Vec<(OtherProgram, PathBuf)> {
    use OtherProgram::{Gajim, Linphone};
    let flatpak = home.join(".var/app");
    let gajim = flatpak.join("org.gajim.Gajim/config/gajim");
    let linphone = flatpak.join("com.belledonnecommunications.linphone");
    vec![
        (Gajim, config.join("gajim/settings.sqlite")),
        (Gajim, config.join("Gajim/settings.sqlite")),
        (Gajim, gajim.join("settings.sqlite")),
        (Gajim, config.join("gajim/config")),
        (Linphone, config.join("linphone/linphonerc")),
        (Linphone, data.join("linphone/linphonerc")),
        (Linphone, home.join("Library/Preferences/linphone/linphonerc")),
        (Linphone, linphone.join("config/linphone/linphonerc")),
        (Linphone, home.join(".linphonerc")),
        (Linphone, data.join("linphone/friends.db")),
        (Linphone, linphone.join("data/linphone/friends.db")),
    ]
}

fn read(path: &Path, take: Option<TakeOver>) -> Result<OtherFound, Arc<str>> {
    let (file, mark) = look(path)?;
    Ok(OtherFound::File(Box::new(file), mark, take))
}

/// What a file holds, and a name for it as it is now.
fn look(path: &Path) -> Result<(OtherFile, Arc<str>), Arc<str>> {
    let failed = |error: std::io::Error| super::book::unreadable(path, &error);
    // A pipe or a device would never end.
    if !fs::metadata(path).map_err(failed)?.is_file() {
        return Err(format!("{} is not a file.", path.display()).into());
    }
    let mut bytes = Vec::new();
    let limit = LARGEST_FILE as u64 + 1;
    fs::File::open(path).map_err(failed)?.take(limit).read_to_end(&mut bytes).map_err(failed)?;
    if !bytes.starts_with(SQLITE) {
        let file = read_other(Brought::Bytes(&bytes)).map_err(|error| Arc::from(error.to_string()))?;
        return Ok((file, mark(std::iter::once(bytes.as_slice()))));
    }
    let table = |name: &str, columns, most| {
        foreign_rows(path, name, columns, most).map_err(|error| Arc::<str>::from(error.to_string()))
    };
    let of =
        |rows: &[(String, String)]| mark(rows.iter().flat_map(|(first, second)| [first.as_bytes(), second.as_bytes()]));
    let (brought, mark) = if let Some(rows) = table("account_settings", ["account", "settings"], MOST_ROWS)? {
        let mark = of(&rows);
        (Brought::GajimRows(rows), mark)
    } else if let Some(rows) = table("friends", ["sip_uri", "vCard"], MOST_PEOPLE)? {
        let mark = of(&rows);
        (Brought::LinphoneRows(rows), mark)
    } else {
        return Err(crate::cusax::UnknownFile.to_string().into());
    };
    let file = read_other(brought).map_err(|error| Arc::from(error.to_string()))?;
    Ok((file, mark))
}

/// Tells this content from any other.
fn mark<'a>(parts: impl Iterator<Item = &'a [u8]>) -> Arc<str> {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_other_programs_are_found_where_they_keep_them_and_read_by_what_they_hold() {
        let home = tempfile::tempdir().expect("a folder");
        let (config, data) = (home.path().join(".config"), home.path().join(".local/share"));
        let linphone = config.join("linphone/linphonerc");
        fs::create_dir_all(linphone.parent().expect("a folder")).expect("made");
        fs::write(&linphone, "[proxy_0]\nreg_identity=sip:1001@example.com\n").expect("written");
        let all = places(home.path(), &config, &data);
        let found: Vec<&PathBuf> = all.iter().filter(|(_, path)| path.is_file()).map(|(_, path)| path).collect();
        assert_eq!(found, [&linphone]);
        let (file, first) = look(&linphone).expect("known");
        assert_eq!((file.program, file.accounts.len()), (OtherProgram::Linphone, 1));
        fs::write(&linphone, "[proxy_0]\nreg_identity=sip:1002@example.com\n").expect("written");
        assert_ne!(look(&linphone).expect("known").1, first, "another content has another mark");
        fs::write(&linphone, "nothing\n").expect("written");
        assert!(look(&linphone).expect_err("unknown").contains("Nothing is known of such a file"));
        assert!(look(home.path()).expect_err("a folder").contains("is not a file"));
        assert!(look(&home.path().join("none")).expect_err("absent").contains("There is no file"));
    }

    /// Files that the programs themselves wrote (see the README beside them).
    #[test]
    fn what_the_programs_themselves_wrote_is_understood() {
        let look = |name: &str| {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/import").join(name);
            look(&path).expect(name).0
        };
        let accounts = |file: &OtherFile| {
            let mut all: Vec<String> = file.accounts.iter().map(crate::cusax::OtherAccount::address).collect();
            all.sort();
            all
        };
        let gajim = look("gajim-settings.sqlite");
        assert_eq!(
            (gajim.program, gajim.people.skipped.len()),
            (OtherProgram::Gajim, 1),
            "one signs in without a name"
        );
        assert_eq!(accounts(&gajim), ["alba@home.example", "alice@tandem.example"]);
        let linphone = look("linphonerc");
        assert_eq!((linphone.program, linphone.people.skipped.len()), (OtherProgram::Linphone, 0));
        assert_eq!(accounts(&linphone), ["sip:1001@home.example", "sip:alice@tandem.example"]);
        let friends = look("linphone-friends.db");
        let people: Vec<(&str, usize)> =
            friends.people.people.iter().map(|person| (&*person.name, person.numbers.len())).collect();
        assert_eq!(people, [("Bob Baker", 1), ("Carla Costa", 2)]);
    }
}
