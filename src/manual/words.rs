//! The window's languages: where texts stand, how one is added, and which word stands for what.
//!
//! # Where
//!
//! `assets/i18n/LANGUAGE/TOPIC.ftl`, in the syntax of [Fluent](https://projectfluent.org), built into the program. The code
//! holds names: `word("talk-edit")` for a text, `say!("talk-is-writing", who)` for one with arguments. English is a catalogue like
//! the others, so a word is changed in one place. What a language lacks is said in English; what no catalogue has is shown as it is.
//!
//! The window speaks `appearance.language`, else the language of the session, and follows a change at once: each view asks anew.
//! The thread of the window remembers the language (`gui::words::speak`); there is no other state.
//!
//! # Sentences of the core
//!
//! The core answers in English, in its log, its store and the control interface, and keeps to it: people's scripts read it. The window
//! knows its sentences again: the files `told-*.ftl` hold them in English with their arguments, and `gui::words::told` takes the
//! arguments out and puts them into the translation. An argument whose name begins with `why` or `what` is itself a sentence of the
//! core; `count` and `seconds` are numbers. Names, addresses and what people write are never looked up.
//!
//! # Adding a text
//!
//! 1. Write it into `assets/i18n/en`, and its translations beside it, under a name that begins with the file's.
//! 2. Say it by its name. `cargo test --features gui-test --test words` tells what is missing in which language, which arguments
//!    differ, which names nobody uses, and which literals in the code look like words.
//! 3. A text that is rightly the same as in English stands on a list; `TANDEM_BLESS=1` writes it, for the review of whoever commits it.
//!
//! `LANG=en_XA tandem` shows the window in English with doubled vowels between ‹ and ›: what stands without them was never
//! translated, and what does not fit now will not fit in German.
//!
//! # Tone
//!
//! Plain and short; German with "Sie", French with "vous", Spanish with "usted". Buttons are infinitives. No names of protocols
//! outside of what is marked as advanced. Nobody is "he": German says "die andere Seite" or "diese Person" where English says "they".
//!
//! # Glossary
//!
//! | English | German | French | Spanish |
//! | --- | --- | --- | --- |
//! | account | Konto | compte | cuenta |
//! | address book | Adressbuch | carnet d'adresses | libreta de direcciones |
//! | administrator | Administration | administrateur | administrador |
//! | answer (a call) | annehmen | répondre | responder |
//! | call (before it is answered) | Anruf | appel | llamada |
//! | call (once people talk) | Gespräch | appel | llamada |
//! | card (vCard) | Visitenkarte | carte | tarjeta |
//! | Chat (the connection) | Chat | chat | chat |
//! | claimed, confirmed | behauptet, bestätigt | affirmé, confirmé | afirmado, confirmado |
//! | decline | ablehnen | refuser | rechazar |
//! | directory | Verzeichnis | annuaire | directorio |
//! | forward | weiterleiten | renvoyer | desviar |
//! | hang up | auflegen | raccrocher | colgar |
//! | hold, on hold | halten, wird gehalten | mettre en attente, en attente | retener, en espera |
//! | mute | stummschalten | couper le micro | silenciar |
//! | phone network | Telefonnetz | réseau téléphonique | red telefónica |
//! | presence (see when they are there) | sehen, wann jemand da ist | voir la présence | ver cuándo está |
//! | protected, encrypted | geschützt, verschlüsselt | protégé, chiffré | protegido, cifrado |
//! | raise (protection) | anheben | relever | reforzar |
//! | recording | Aufnahme | enregistrement | grabación |
//! | room | Raum | salon | sala |
//! | settings | Einstellungen | réglages | ajustes |
//! | sign in | anmelden | s'identifier | iniciar sesión |
//! | swap (calls) | tauschen | permuter | alternar |
//! | transfer | übergeben | transférer | transferir |
//! | Voice (the connection) | Telefon | voix | voz |
//! | voicemail | Sprachnachrichten | messagerie vocale | buzón de voz |
