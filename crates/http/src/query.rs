//! The parameters of an address, `?name=value&..`: texts in UTF-8, none of them twice.

use crate::error::{ApiError, BodyError};
use crate::fields::{Faults, Fields};
use actix_web::{FromRequest, HttpRequest, dev};
use percent_encoding::percent_decode;
use std::collections::BTreeMap;
use std::future::{Ready, ready};

/// The parameters of a request, of which neither of two with one name may be overlooked.
#[derive(Debug)]
pub(crate) struct Parameters(BTreeMap<String, String>);

impl Parameters {
    /// The parameters as fields, all of them texts; an empty one counts as left out.
    pub(crate) fn fields(self) -> Fields {
        Fields::of_parameters(self.0)
    }

    fn read(query: &str) -> Result<Self, ApiError> {
        let mut parameters = BTreeMap::new();
        let mut faults = Faults::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            // There is nothing to name it by.
            let name = decoded(name).ok_or(ApiError::BadRequest)?;
            let fault = match decoded(value) {
                Some(_) if parameters.contains_key(&name) => "it is there twice, send it once",
                None => "it is not UTF-8, encode it as UTF-8",
                Some(value) => {
                    parameters.insert(name, value);
                    continue;
                }
            };
            faults.insert(Fields::shortened(&name), fault.to_owned());
        }
        if faults.is_empty() { Ok(Self(parameters)) } else { Err(BodyError::from(faults).into()) }
    }
}

/// As forms write it: `+` is a space.
fn decoded(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    percent_decode(spaced.as_bytes()).decode_utf8().ok().map(String::from)
}

impl FromRequest for Parameters {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        ready(Self::read(request.query_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Vec<(String, String)> {
        Parameters::read(query).unwrap().0.into_iter().collect()
    }

    fn faults(query: &str) -> Vec<(String, String)> {
        match Parameters::read(query).unwrap_err() {
            ApiError::Body(BodyError::Fields(faults)) => faults.into_iter().collect(),
            other => panic!("{other}"),
        }
    }

    #[test]
    fn parameters_are_read_as_forms_write_them() {
        let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        assert_eq!(read(""), pairs(&[]));
        assert_eq!(read("&&a=1&"), pairs(&[("a", "1")]));
        assert_eq!(
            read("b=x+y%2B%26&a=%C3%A9&c&d="),
            pairs(&[("a", "é"), ("b", "x y+&"), ("c", ""), ("d", "")])
        );
        assert_eq!(read("a=1=2&b=%zz%"), pairs(&[("a", "1=2"), ("b", "%zz%")]));
    }

    #[test]
    fn what_comes_twice_or_is_no_utf8_is_named() {
        assert_eq!(
            faults("limit=1&x=2&limit=1"),
            [("limit".into(), "it is there twice, send it once".into())]
        );
        assert_eq!(faults("a=1&%61=2"), [("a".into(), "it is there twice, send it once".into())]);
        assert_eq!(faults("a=%FF"), [("a".into(), "it is not UTF-8, encode it as UTF-8".into())]);
        assert!(matches!(Parameters::read("%FF=1"), Err(ApiError::BadRequest)));
        let long = "n".repeat(1_000);
        assert_eq!(faults(&format!("{long}=1&{long}=2"))[0].0.len(), 100);
    }
}
