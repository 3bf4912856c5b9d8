//! A small tree out of an XML document that may be hostile: bounded in bytes, depth and nodes before anything is built, without
//! DTDs and entities (S11, X30: `rxml` refuses them), and without recursion.

use rxml::error::EndOrError;
use rxml::{Event, Parse, Parser};

/// The largest document, bytes: that of the largest SIP message.
const LARGEST: usize = 64 * 1024;
/// Levels, the root included.
const DEEPEST: usize = 16;
/// Elements in all.
const MOST_ELEMENTS: usize = 2_048;
/// Attributes of one element.
const MOST_ATTRIBUTES: usize = 32;

/// An element.
#[derive(Debug, Default)]
pub struct Element {
    /// Its namespace.
    pub namespace: String,
    /// Its local name.
    pub name: String,
    attributes: Vec<(String, String)>,
    /// The elements in it, in order.
    pub children: Vec<Element>,
    /// The texts in it, joined.
    pub text: String,
}

impl Element {
    /// An attribute without a namespace.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The children of that name in this element's own namespace.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name == name && child.namespace == self.namespace)
    }

    /// The first of them.
    pub fn child<'a>(&'a self, name: &'a str) -> Option<&'a Element> {
        self.all(name).next()
    }
}

/// The document cannot be read: not well-formed, with what is forbidden, or too large.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a document that can be read")]
pub struct Unreadable;

/// Reads a whole document.
pub fn read(document: &[u8]) -> Result<Element, Unreadable> {
    if document.len() > LARGEST {
        return Err(Unreadable);
    }
    // A byte order mark is no part of the document (XML 1.0 section 4.3.3).
    let mut rest = document.strip_prefix(b"\xef\xbb\xbf").unwrap_or(document).trim_ascii();
    let mut parser = Parser::default();
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    let mut elements = 0;
    loop {
        match parser.parse(&mut rest, true) {
            Ok(Some(Event::XmlDeclaration(..))) => {}
            Ok(Some(Event::StartElement(_, (namespace, name), attributes))) => {
                elements += 1;
                let too_much = elements > MOST_ELEMENTS || open.len() >= DEEPEST || attributes.len() > MOST_ATTRIBUTES;
                if too_much || root.is_some() {
                    return Err(Unreadable);
                }
                let attributes = attributes
                    .iter()
                    .filter(|((space, _), _)| space.as_str().is_empty())
                    .map(|((_, name), value)| (name.as_str().to_owned(), value.clone()))
                    .collect();
                let (namespace, name) = (namespace.as_str().to_owned(), name.as_str().to_owned());
                open.push(Element { namespace, name, attributes, ..Element::default() });
            }
            Ok(Some(Event::Text(_, text))) => {
                if let Some(innermost) = open.last_mut() {
                    innermost.text.push_str(&text);
                }
            }
            Ok(Some(Event::EndElement(_))) => {
                let finished = open.pop().ok_or(Unreadable)?;
                match open.last_mut() {
                    Some(parent) => parent.children.push(finished),
                    None => root = Some(finished),
                }
            }
            Ok(None) => return root.ok_or(Unreadable),
            Err(EndOrError::NeedMoreData | EndOrError::Error(_)) => return Err(Unreadable),
        }
    }
}
