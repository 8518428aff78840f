//! What lies on the stack where a function's parts begin and end.

use wasmparser::{
    BlockType, FuncToValidate, FuncValidatorAllocations, FunctionBody, Operator, ValType, ValidPayload,
    Validator, ValidatorResources, WasmFeatures, WasmModuleResources,
};

use super::cut::Types;
use crate::split::module::text;

/// The types of a module's functions, not yet looked at.
pub struct All {
    functions: Vec<Option<FuncToValidate<ValidatorResources>>>,
    imported: u32,
}

impl All {
    /// Of a module.
    ///
    /// # Errors
    /// If it is not valid.
    pub fn of(wasm: &[u8]) -> Result<Self, String> {
        let mut validator = Validator::new_with_features(WasmFeatures::default());
        let mut all = Self { functions: Vec::new(), imported: 0 };
        for payload in wasmparser::Parser::new(0).parse_all(wasm) {
            if let ValidPayload::Func(function, _) =
                validator.payload(&payload.map_err(text)?).map_err(text)?
            {
                if all.functions.is_empty() {
                    all.imported = function.index;
                }
                all.functions.push(Some(function));
            }
        }
        Ok(all)
    }

    /// Of one of its functions.
    ///
    /// # Errors
    /// If it is not valid, or was asked for before.
    pub fn function(&mut self, index: u32, body: &FunctionBody<'_>) -> Result<Function, String> {
        let place = index.checked_sub(self.imported).and_then(|at| self.functions.get_mut(at as usize));
        let function = place.and_then(Option::take).ok_or("a function has no type")?;
        let resources = function.resources.clone();
        let ty = resources.type_index_of_function(index).and_then(|ty| resources.sub_type_at(ty).cloned());
        let results = ty.map_or_else(Vec::new, |ty| ty.unwrap_func().results().to_vec());
        let mut types = Function { labels: Vec::new(), results: Vec::new(), own: results, level: Vec::new() };
        let mut validator = function.into_validator(FuncValidatorAllocations::default());
        let mut reader = body.get_binary_reader();
        validator.read_locals(&mut reader).map_err(text)?;
        let mut operators = body.get_operators_reader().map_err(text)?;
        while !operators.eof() {
            let (code, at) = operators.read_with_offset().map_err(text)?;
            validator.op(at, &code).map_err(text)?;
            let (label, results) = match code {
                Operator::Block { blockty } | Operator::If { blockty } => {
                    let (_, results) = signature(&resources, blockty);
                    (results.clone(), results)
                }
                Operator::Loop { blockty } => signature(&resources, blockty),
                _ => (Vec::new(), Vec::new()),
            };
            types.labels.push(label);
            types.results.push(results);
            let height = validator.operand_stack_height() as usize;
            let frame = validator.get_control_frame(0);
            types.level.push(frame.is_some_and(|frame| !frame.unreachable && frame.height == height));
        }
        Ok(types)
    }
}

fn signature(resources: &ValidatorResources, ty: BlockType) -> (Vec<ValType>, Vec<ValType>) {
    match ty {
        BlockType::Empty => (Vec::new(), Vec::new()),
        BlockType::Type(ty) => (Vec::new(), vec![ty]),
        BlockType::FuncType(index) => match resources.sub_type_at(index) {
            Some(ty) => (ty.unwrap_func().params().to_vec(), ty.unwrap_func().results().to_vec()),
            None => (Vec::new(), Vec::new()),
        },
    }
}

/// The types of one function.
pub struct Function {
    labels: Vec<Vec<ValType>>,
    results: Vec<Vec<ValType>>,
    own: Vec<ValType>,
    level: Vec<bool>,
}

impl Function {
    /// Whether the place behind an operator can be reached, and nothing lies on the stack there.
    pub fn is_level(&self, after: usize) -> bool {
        self.level.get(after).copied().unwrap_or(false)
    }
}

impl Types for Function {
    fn results(&self, opener: Option<usize>) -> &[ValType] {
        opener.map_or(&self.own, |opener| self.results.get(opener).map_or(&[], Vec::as_slice))
    }

    fn label(&self, opener: Option<usize>) -> &[ValType] {
        opener.map_or(&self.own, |opener| self.labels.get(opener).map_or(&[], Vec::as_slice))
    }
}
