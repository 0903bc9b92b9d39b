/// Deserializes a type that is written in one of two shapes, keeping the place of what is wrong:
/// serde's own `untagged` would forget it.
macro_rules! one_of_two {
    ($type:ty, $expecting:literal, { $($method:item)* }) => {
        impl<'de> ::serde::Deserialize<'de> for $type {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Either;
                impl<'de> ::serde::de::Visitor<'de> for Either {
                    type Value = $type;

                    fn expecting(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                        f.write_str($expecting)
                    }

                    $($method)*
                }
                deserializer.deserialize_any(Either)
            }
        }
    };
}

pub(crate) use one_of_two;
