//! How visitors can be reached, checked for their shape: whether anybody reads there is not to be found out here.

use crate::fields::Read;

/// Digits that the shortest telephone number has.
const MIN_DIGITS: usize = 5;

/// What was filled in; scripts send empty texts for what was not.
pub(crate) fn given(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// An e-mail address: something, an at sign, and a name with a dot.
pub(crate) fn email(text: String) -> Read<String> {
    let is_address = text.rsplit_once('@').is_some_and(|(local, domain)| {
        let labels = || domain.split('.');
        !local.is_empty()
            && !local.contains('@')
            && labels().count() > 1
            && labels().all(|label| !label.is_empty())
            && !text.chars().any(|char| char.is_whitespace() || char.is_control() || "<>,;\"".contains(char))
    });
    if is_address { Ok(text) } else { Err("write an e-mail address such as name@example.com".to_owned()) }
}

/// A telephone number, as people write them.
pub(crate) fn phone(text: String) -> Read<String> {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let is_written = text.chars().all(|char| char.is_ascii_alphanumeric() || " +-()./#*,".contains(char));
    if digits >= MIN_DIGITS && is_written {
        return Ok(text);
    }
    Err("write a telephone number such as +1 555 010 0199".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_name_and_a_domain() {
        for address in ["a@b.co", "first.last+tag@sub.example.museum", "ü@müller.de", "o'neil@example.com"]
        {
            assert_eq!(email(address.into()).unwrap(), address);
        }
        for wrong in
            ["", "a", "@b.co", "a@b", "a@.co", "a@b.", "a b@c.de", "a@b@c.de", "<a@b.co>", "a@b.co,c@d.ef"]
        {
            assert!(email(wrong.into()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_number_has_some_digits() {
        for number in ["+1 (555) 010-0199", "030/123456", "555.0100 ext. 12", "55555"] {
            assert_eq!(phone(number.into()).unwrap(), number);
        }
        for wrong in ["", "1234", "call me", "<script>12345</script>", "12345\n"] {
            assert!(phone(wrong.into()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_was_not_filled_in_is_not_given() {
        assert_eq!(given(Some("  ".into())), None);
        assert_eq!(given(Some(" a ".into())).as_deref(), Some("a"));
        assert_eq!(given(None), None);
    }
}
