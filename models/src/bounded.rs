//! Objects in JSON that are refused as soon as they have too many members, before they take memory.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// A JSON object of at most `MAX` members, in their order.
#[derive(Debug)]
pub(crate) struct BoundedObject<T, const MAX: usize>(pub(crate) Vec<(String, T)>);

impl<'de, T: DeserializeOwned, const MAX: usize> Deserialize<'de> for BoundedObject<T, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor::<T, MAX>(PhantomData))
    }
}

struct ObjectVisitor<T, const MAX: usize>(PhantomData<T>);

impl<'de, T: DeserializeOwned, const MAX: usize> Visitor<'de> for ObjectVisitor<T, MAX> {
    type Value = BoundedObject<T, MAX>;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "an object of at most {MAX} members")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            if members.len() == MAX {
                return Err(A::Error::custom(format!("more than {MAX} members")));
            }
            members.push(member);
        }
        Ok(BoundedObject(members))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn objects_end_at_their_limit() {
        let two = "{\"b\":1,\"a\":2}";
        let BoundedObject(object) = serde_json::from_str::<BoundedObject<u8, 2>>(two).unwrap();
        assert_eq!(object, [("b".to_owned(), 1), ("a".to_owned(), 2)]);
        let error = serde_json::from_str::<BoundedObject<u8, 1>>(two).unwrap_err();
        assert!(
            error.to_string().starts_with("more than 1 members"),
            "{error}"
        );
    }
}
