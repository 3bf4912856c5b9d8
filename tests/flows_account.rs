//! Stories of the manager, in virtual time: everything it wants done is looked at, and nothing is connected.

#[path = "flows/account_accounts.rs"]
mod account_accounts;
#[path = "flows/account_archive.rs"]
mod account_archive;
#[path = "flows/account_call_text.rs"]
mod account_call_text;
#[path = "flows/account_callers.rs"]
mod account_callers;
#[path = "flows/account_calls.rs"]
mod account_calls;
#[path = "flows/account_card.rs"]
mod account_card;
#[path = "flows/account_chat.rs"]
mod account_chat;
#[path = "flows/account_conference.rs"]
mod account_conference;
#[path = "flows/account_config.rs"]
mod account_config;
#[path = "flows/account_connected.rs"]
mod account_connected;
#[path = "flows/account_connections.rs"]
mod account_connections;
#[path = "flows/account_contacts.rs"]
mod account_contacts;
#[path = "flows/account_cost.rs"]
mod account_cost;
#[path = "flows/account_days.rs"]
mod account_days;
#[path = "flows/account_devices.rs"]
mod account_devices;
#[path = "flows/account_diagnose.rs"]
mod account_diagnose;
#[path = "flows/account_digits.rs"]
mod account_digits;
#[path = "flows/account_discovery.rs"]
mod account_discovery;
#[path = "flows/account_downgrade.rs"]
mod account_downgrade;
#[path = "flows/account_events.rs"]
mod account_events;
#[path = "flows/account_export.rs"]
mod account_export;
#[path = "flows/account_files.rs"]
mod account_files;
#[path = "flows/account_forwarding.rs"]
mod account_forwarding;
#[path = "flows/account_health.rs"]
mod account_health;
#[path = "flows/account_history.rs"]
mod account_history;
#[path = "flows/account_identity.rs"]
mod account_identity;
#[path = "flows/account_jingle.rs"]
mod account_jingle;
#[path = "flows/account_jingle_choice.rs"]
mod account_jingle_choice;
#[path = "flows/account_joining.rs"]
mod account_joining;
#[path = "flows/account_keys.rs"]
mod account_keys;
#[path = "flows/account_meeting.rs"]
mod account_meeting;
#[path = "flows/account_meeting_contact.rs"]
mod account_meeting_contact;
#[path = "flows/account_meeting_host.rs"]
mod account_meeting_host;
#[path = "flows/account_meeting_voices.rs"]
mod account_meeting_voices;
#[path = "flows/account_moves.rs"]
mod account_moves;
#[path = "flows/account_notes.rs"]
mod account_notes;
#[path = "flows/account_numbers.rs"]
mod account_numbers;
#[path = "flows/account_own.rs"]
mod account_own;
#[path = "flows/account_own_calls.rs"]
mod account_own_calls;
#[path = "flows/account_paths.rs"]
mod account_paths;
#[path = "flows/account_people.rs"]
mod account_people;
#[path = "flows/account_pictures.rs"]
mod account_pictures;
#[path = "flows/account_provisioning.rs"]
mod account_provisioning;
#[path = "flows/account_random.rs"]
mod account_random;
#[path = "flows/account_ringtones.rs"]
mod account_ringtones;
#[path = "flows/account_rooms.rs"]
mod account_rooms;
#[path = "flows/account_same_person.rs"]
mod account_same_person;
#[path = "flows/account_security.rs"]
mod account_security;
#[path = "flows/account_server_settings.rs"]
mod account_server_settings;
#[path = "flows/account_several.rs"]
mod account_several;
#[path = "flows/account_signalling.rs"]
mod account_signalling;
#[path = "flows/account_sip_message.rs"]
mod account_sip_message;
#[path = "flows/account_talk.rs"]
mod account_talk;
#[path = "flows/account_transfer.rs"]
mod account_transfer;
#[path = "flows/account_vouched.rs"]
mod account_vouched;
#[path = "flows/account_window.rs"]
mod account_window;
#[path = "flows/account_kept.rs"]
mod kept;
#[path = "flows/account_world.rs"]
mod world;
