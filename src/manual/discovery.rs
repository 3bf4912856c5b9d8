//! How the document of a person is found and fetched, and what was decided on the way.
//!
//! # The search
//!
//! [`crate::provisioning::Discovery`] is a machine without a network: it asks questions, is told answers and the time, and ends with
//! a place or without one. The domain's web server and the name servers are asked at once; the web server's word comes first, and it
//! has two and a half seconds. Whoever does not answer at all is not asked for host-meta either. Six seconds end everything, because
//! somebody waits for the sign-in (`a_silent_web_server_and_silent_name_servers_cost_a_bounded_time`).
//!
//! # Whom we believe
//!
//! **DNS says where, never who.** An SRV record may lead to any host and port, but the certificate has to be the domain's own
//! (RFC 9525 section 6.1: the reference identity is what the user gave). So `Host` and SNI stay the domain, and the SRV target is
//! only where the connection goes (`c05_records_lead_to_another_host_and_port_but_never_to_another_name`,
//! `x43_a_certificate_of_another_name_or_authority_brings_nothing`). RFC 6764 allows to ask the user about the target's name; nobody
//! can answer that question, so it is not asked. A link that the domain's own server names may lead to any host, because the domain
//! vouches for it.
//!
//! **There are no certificate exceptions here.** Who may say what the accounts are may say everything.
//!
//! **A server elsewhere sends us nowhere near.** Links and redirects to addresses in numbers or to private names are refused, and a
//! name that leads to this machine is, unless the first server was on this machine itself (the demo, a test).
//!
//! **A key is never learned.** Whoever could replace the document could replace the key in it, so a key comes from the configuration
//! or with a link that somebody handed over, in the fragment, which no server sees. Once pinned, an unsigned document is refused as a
//! wrongly signed one is (`once_a_key_is_pinned_only_what_it_signed_is_taken`). The signature is over the bytes as they were fetched:
//! no canonical form that two programs could read differently. Replaying an old document that was signed once is what `serial` is
//! against (`x46_a_document_with_mistakes_or_an_older_one_changes_nothing_and_says_where`).
//!
//! **The password goes out late or never.** Only after 401, only by Basic inside TLS, only to the user's own domain or the server of
//! a link that the user gave (`x39_a_password_goes_out_only_after_401_and_only_to_the_users_own_domain`). A running program fetches it
//! from the keyring only then.
//!
//! # The first start
//!
//! [`crate::account::SetUp`] looks for a document before it tries the usual servers. Found and right: its accounts are tried. None:
//! the usual servers. Found and *not* right, not signed, not reachable: nothing is tried, because a floor of security could be undercut
//! by breaking the document; the user is told, and may go on without by a button that says so
//! (`a_document_that_cannot_be_used_starts_nothing_says_where_and_offers_to_go_on_without`). Servers that the user names are the user's
//! word, and nobody is asked. The document is written before the file that counts on it.
//!
//! # Again
//!
//! [`crate::provisioning::Refresh`] tells three things apart: nobody was reached (quiet, later and later), the server's own word that
//! there is nothing (counts after the second time in a row), and something that is not taken (told at once, with its place).
//! None of them changes what was set (`failures_are_quiet_and_lose_no_account_and_the_servers_own_word_is_told`).
