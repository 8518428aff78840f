//! Code under another count of its functions.

use wasm_encoder::reencode::{Error, Reencode};

/// The new index of each function.
pub struct Renumber {
    pub functions: Vec<Option<u32>>,
    /// Whether segments of the table may be named: only the half that holds
    /// them may.
    pub holds_segments: bool,
}

impl Renumber {
    fn segment(&self, index: u32) -> Result<u32, Error<String>> {
        if self.holds_segments {
            Ok(index)
        } else {
            Err(Error::UserError("code that names a segment cannot move".to_owned()))
        }
    }
}

impl Reencode for Renumber {
    type Error = String;

    fn function_index(&mut self, function: u32) -> Result<u32, Error<String>> {
        let new = self.functions.get(function as usize).copied().flatten();
        new.ok_or_else(|| Error::UserError(format!("function {function} is in the other half")))
    }

    fn data_index(&mut self, _: u32) -> Result<u32, Error<String>> {
        Err(Error::UserError("code that names a segment of data cannot be cut".to_owned()))
    }

    fn element_index(&mut self, element: u32) -> Result<u32, Error<String>> {
        self.segment(element)
    }
}
