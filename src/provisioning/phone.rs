//! The account for calls that a chat server describes, as a document: so that it is read, checked and laid under the user's
//! file like every other one.

use serde_json::{Map, Value, json};

use crate::model::{Jid, PhoneAccount};

/// The longest title of a document.
const LONGEST_TITLE: usize = 80;

/// The document for this person. What is wrong in the description is wrong in it, and told by [`super::read`].
pub fn document_of_phone(phone: &PhoneAccount, person: &Jid) -> String {
    let mut voice = Map::new();
    voice.insert("id".to_owned(), json!("voice"));
    voice.insert("address".to_owned(), json!(format!("sip:{}@{}", phone.user, phone.server)));
    let mut put = |key: &str, value: Option<String>| {
        if let Some(value) = value {
            voice.insert(key.to_owned(), Value::String(value));
        }
    };
    put("auth-user", phone.sign_in_as.clone());
    put(
        "outbound-proxy",
        phone.proxy.as_ref().map(|proxy| match proxy.starts_with("sip") {
            true => proxy.clone(),
            false => format!("sip:{proxy};lr"),
        }),
    );
    put("token", phone.password.clone());
    let title: String = person.domain().chars().take(LONGEST_TITLE).collect();
    json!({
        "version": 1,
        "title": title,
        "chat": [{ "id": "chat", "address": "{address}" }],
        "voice": [voice],
        "relation": [{ "chat": "chat", "voice": "voice" }],
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_of_the_chat_server_is_a_document_or_its_mistake_is_told() {
        let person = Jid::parse("alice@example.com").expect("valid");
        let phone = |user: &str| PhoneAccount {
            user: user.to_owned(),
            sign_in_as: Some("u1001".to_owned()),
            password: Some("made-for-this".to_owned()),
            server: "pbx.example.com".to_owned(),
            proxy: Some("proxy.example.com".to_owned()),
        };
        let text = document_of_phone(&phone("1001"), &person);
        let document = super::super::read(&text, "d").unwrap_or_else(|problems| panic!("{problems:?} {text}"));
        assert_eq!(&**document.title(), "example.com");
        for user in ["10\r\n01", "", "{nobody}"] {
            assert!(super::super::read(&document_of_phone(&phone(user), &person), "d").is_err(), "{user:?}");
        }
    }
}
