//! What all values have in common that are parsed from text at the edge and are valid from then on.

/// Gives a newtype over a `String` that has `fn parse(&str) -> Result<Self, _>` its conversions.
macro_rules! parsed_text {
    ($value:ty, $error:ty) => {
        impl $value {
            /// The value as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $value {
            type Err = $error;

            fn from_str(text: &str) -> Result<Self, $error> {
                Self::parse(text)
            }
        }

        impl TryFrom<&str> for $value {
            type Error = $error;

            fn try_from(text: &str) -> Result<Self, $error> {
                Self::parse(text)
            }
        }

        crate::request::inline_schema!($value, |_generator| {
            schemars::json_schema!({"type": "string", "minLength": 1})
        });

        // What serde reads: a stored value is held to the same rules as a new one.
        impl TryFrom<String> for $value {
            type Error = $error;

            fn try_from(text: String) -> Result<Self, $error> {
                Self::parse(&text)
            }
        }

        impl From<$value> for String {
            fn from(value: $value) -> Self {
                value.0
            }
        }
    };
}

/// Makes a value that says something about a person print as `…`.
macro_rules! hidden {
    ($value:ty) => {
        impl std::fmt::Debug for $value {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("…")
            }
        }
    };
}

pub(crate) use {hidden, parsed_text};
