//! Stories of the XMPP session and the store, in virtual time, against a model of a server.

#[path = "flows/archive_server.rs"]
mod archive_server;
#[path = "flows/xmpp_model_server.rs"]
mod model_server;
#[path = "flows/xmpp_world.rs"]
mod world;
#[path = "flows/xmpp_activity.rs"]
mod xmpp_activity;
#[path = "flows/xmpp_archive.rs"]
mod xmpp_archive;
#[path = "flows/xmpp_attacks.rs"]
mod xmpp_attacks;
#[path = "flows/xmpp_cards.rs"]
mod xmpp_cards;
#[path = "flows/xmpp_contacts.rs"]
mod xmpp_contacts;
#[path = "flows/xmpp_invited.rs"]
mod xmpp_invited;
#[path = "flows/xmpp_own_calls.rs"]
mod xmpp_own_calls;
#[path = "flows/xmpp_own_card.rs"]
mod xmpp_own_card;
#[path = "flows/xmpp_own_picture.rs"]
mod xmpp_own_picture;
#[path = "flows/xmpp_people.rs"]
mod xmpp_people;
#[path = "flows/xmpp_reach.rs"]
mod xmpp_reach;
#[path = "flows/xmpp_resumption.rs"]
mod xmpp_resumption;
#[path = "flows/xmpp_rooms.rs"]
mod xmpp_rooms;
#[path = "flows/xmpp_services.rs"]
mod xmpp_services;
#[path = "flows/xmpp_session.rs"]
mod xmpp_session;
#[path = "flows/xmpp_settings.rs"]
mod xmpp_settings;
