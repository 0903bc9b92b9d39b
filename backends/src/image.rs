use serde::{Deserialize, Serialize};

/// What a data URL of ours begins with, the type apart.
const BASE64_MARK: &str = ";base64,";
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// An image that a model is shown: PNG or JPEG. Written as a data URL.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Image {
    kind: Kind,
    bytes: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Png,
    Jpeg,
}

impl Kind {
    fn mime(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
        }
    }
}

impl Image {
    /// Takes an image as its file has it; `None` when by its first bytes it is neither PNG nor JPEG.
    pub fn new(bytes: Vec<u8>) -> Option<Self> {
        let kind = match bytes.as_slice() {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Kind::Png,
            [0xff, 0xd8, 0xff, ..] => Kind::Jpeg,
            _ => return None,
        };
        Some(Self { kind, bytes })
    }

    /// Returns the image as a data URL, which is how servers take it.
    pub fn data_url(&self) -> String {
        format!(
            "data:{}{BASE64_MARK}{}",
            self.kind.mime(),
            encode(&self.bytes)
        )
    }
}

impl std::fmt::Debug for Image {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Image({}, {} bytes)", self.kind.mime(), self.bytes.len())
    }
}

impl From<Image> for String {
    fn from(image: Image) -> Self {
        image.data_url()
    }
}

impl TryFrom<String> for Image {
    type Error = &'static str;

    fn try_from(url: String) -> Result<Self, Self::Error> {
        let (_, data) = url
            .split_once(BASE64_MARK)
            .ok_or("expected a data URL in base64")?;
        let bytes = decode(data).ok_or("expected base64")?;
        Self::new(bytes).ok_or("expected PNG or JPEG")
    }
}

/// Base64 of RFC 4648, padded.
fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let group = byte(0) << 16 | byte(1) << 8 | byte(2);
        for index in 0..4 {
            let sextet = (group >> (18 - 6 * index)) & 63;
            let letter = char::from(ALPHABET[sextet as usize]);
            text.push(if index <= chunk.len() { letter } else { '=' });
        }
    }
    text
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut group, mut bits) = (0_u32, 0);
    for letter in text.trim_end_matches('=').bytes() {
        let sextet = ALPHABET.iter().position(|known| *known == letter)?;
        group = (group << 6 | sextet as u32) & 0x00ff_ffff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((group >> bits) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_standard() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(encode(bytes.as_bytes()), text);
            assert_eq!(decode(text).unwrap(), bytes.as_bytes());
        }
        assert_eq!(decode("Zm9v!"), None);
    }

    #[test]
    fn an_image_is_known_by_its_first_bytes_and_reads_back() {
        let png = Image::new(b"\x89PNG\r\n\x1a\n rest".to_vec()).unwrap();
        assert!(
            png.data_url()
                .starts_with("data:image/png;base64,iVBORw0KGgo")
        );
        let json = serde_json::to_string(&png).unwrap();
        assert_eq!(serde_json::from_str::<Image>(&json).unwrap(), png);
        assert!(Image::new(b"GIF89a".to_vec()).is_none());
        assert!(serde_json::from_str::<Image>("\"data:image/png;base64,R0lG\"").is_err());
    }
}
