//! RFC 7081 as pure functions over `model`: what an entry offers, where a call goes, who is calling.
