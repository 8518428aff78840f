//! Whatever part is taken for cold, the module goes on doing what it did.

use std::collections::BTreeSet;

use wasmi::{Engine, Instance, Linker, Module as Run, Store};

use super::*;

/// Code enough to be worth a call: it changes what `seen` gives.
const WORK: &str = "
    (global.set $seen (i32.add (i32.mul (global.get $seen) (i32.const 31)) (i32.const 1000001)))
    (global.set $seen (i32.xor (global.get $seen) (i32.const 777777)))
    (global.set $seen (i32.rotl (global.get $seen) (i32.const 3)))";

/// Functions of one number to one number, by the way in which their parts are left.
const FUNCTIONS: [&str; 10] = [
    // Both arms of an if give a local back.
    "(local $a i32) (if (i32.and (local.get $x) (i32.const 1))
        (then WORK (local.set $a (i32.add (local.get $x) (global.get $seen))))
        (else WORK (local.set $a (i32.sub (global.get $seen) (local.get $x)))))
     (i32.add (local.get $a) (global.get $seen))",
    // A local that one way through a part writes and the other leaves as it is.
    "(local $a i32) (local.set $a (i32.const 9))
     (if (i32.gt_s (local.get $x) (i32.const 2))
        (then WORK (if (i32.eq (local.get $x) (i32.const 5)) (then (local.set $a (i32.const 4))))))
     (i32.add (local.get $a) (global.get $seen))",
    // The arms of a match, which leave to the same end.
    "(local $a i32)
     (block $end
       (block $two (block $one (block $zero
         (br_table $zero $one $two (i32.rem_u (local.get $x) (i32.const 3))))
         WORK (local.set $a (i32.const 1)) (br $end))
         WORK (local.set $a (i32.const 2)) (br $end))
       WORK (local.set $a (i32.const 3)))
     (i32.add (local.get $a) (global.get $seen))",
    // A loop that a part goes on with, ends, or falls out of.
    "(local $a i32) (local $i i32)
     (block $out (loop $again
       (local.set $i (i32.add (local.get $i) (i32.const 1)))
       (br_if $out (i32.gt_u (local.get $i) (i32.add (local.get $x) (i32.const 9))))
       WORK
       (local.set $a (i32.add (local.get $a) (i32.mul (local.get $i) (i32.const 7))))
       (br_if $again (i32.and (local.get $a) (i32.const 1)))
       WORK
       (br_if $out (i32.gt_u (local.get $a) (i32.const 500)))
       (local.set $a (i32.add (local.get $a) (local.get $x)))
       (br $again)))
     (i32.add (local.get $a) (global.get $seen))",
    // A part that returns a value, and only that.
    "(if (i32.eq (local.get $x) (i32.const 3))
       (then WORK (return (i32.mul (global.get $seen) (local.get $x)))))
     WORK (global.get $seen)",
    // A part that gives the value of what it stands in.
    "(i32.add (global.get $seen)
       (if (result i32) (i32.lt_s (local.get $x) (i32.const 4))
         (then WORK (i32.add (local.get $x) (global.get $seen)))
         (else WORK (i32.sub (local.get $x) (global.get $seen)))))",
    // A part that never comes back, which is not run.
    "(if (i32.eq (local.get $x) (i32.const 999)) (then WORK (unreachable))) WORK (global.get $seen)",
    // Values wait on the stack below: not to be cut out.
    "(i32.add (i32.mul (local.get $x) (i32.const 3))
       (block (result i32) (drop (br_if 0 (i32.const 8) (i32.and (local.get $x) (i32.const 1)))) WORK (global.get $seen)))",
    // A choice among three ways out, one of them around two blocks.
    "(local $a i32) (local.set $a (local.get $x))
     (block $far (block $near
       (if (i32.gt_s (local.get $x) (i32.const 1)) (then
         WORK
         (br_if $near (i32.eq (local.get $x) (i32.const 4)))
         (local.set $a (i32.add (local.get $a) (i32.const 100)))
         (br_if $far (i32.eq (local.get $x) (i32.const 6)))
         (local.set $a (i32.add (local.get $a) (i32.const 1000)))
         WORK))
       WORK)
       (local.set $a (i32.add (local.get $a) (i32.const 5))))
     (i32.add (local.get $a) (global.get $seen))",
    // A loop inside a part, whose first round reads what the function gave.
    "(local $a i32) (local $i i32) (local.set $a (i32.const 11)) (local.set $i (local.get $x))
     (if (i32.and (local.get $x) (i32.const 2)) (then
       (loop $again
         (if (i32.and (local.get $i) (i32.const 1)) (then WORK (local.set $a (i32.add (local.get $a) (global.get $seen)))))
         (local.set $i (i32.sub (local.get $i) (i32.const 1)))
         (br_if $again (i32.gt_s (local.get $i) (i32.const 0))))))
     (i32.add (local.get $a) (i32.mul (local.get $i) (global.get $seen)))",
];

fn module(function: &str) -> Vec<u8> {
    let text = format!(
        "(module (global $seen (mut i32) (i32.const 1))
           (func $f (export \"f\") (param $x i32) (result i32) {}))",
        function.replace("WORK", WORK)
    );
    let mut wasm = wat_bytes(&text);
    // The reader wants names, and every module of ours has them.
    let mut names = NameSection::new();
    let mut functions = NameMap::new();
    functions.append(0, "f");
    names.functions(&functions);
    let section = names.as_custom();
    wasm_encoder::Encode::encode(&wasm_encoder::SectionId::Custom, &mut wasm);
    wasm_encoder::Encode::encode(&section, &mut wasm);
    wasm
}

fn wat_bytes(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap()
}

/// What the function gives for small numbers, one after the other.
fn run(wasm: &[u8]) -> Vec<i32> {
    let engine = Engine::default();
    let module = Run::new(&engine, wasm).unwrap();
    let mut store = Store::new(&engine, ());
    let instance: Instance = Linker::new(&engine).instantiate_and_start(&mut store, &module).unwrap();
    let function = instance.get_typed_func::<i32, i32>(&store, "f").unwrap();
    (0..12).map(|x| function.call(&mut store, x).unwrap()).collect()
}

/// The function's body, and the list that takes such parts of it for cold.
fn listed(wasm: &[u8], cold: impl Fn(usize) -> bool) -> (Vec<usize>, Cold) {
    let module = Module::read(wasm).unwrap();
    let function = module.functions.first().unwrap();
    let body = Body::read(module.types[0].params(), function.body.as_ref().unwrap()).unwrap();
    let mut list = Cold::default();
    list.add("f", &body, |part| !cold(part.after));
    (body.parts().map(|part| part.after).collect(), list)
}

#[test]
fn whatever_part_is_cold_the_function_does_what_it_did() {
    let mut cut_out = 0;
    for function in FUNCTIONS {
        let wasm = module(function);
        let want = run(&wasm);
        let (parts, _) = listed(&wasm, |_| false);
        let alone = parts.iter().map(|part| BTreeSet::from([*part]));
        for cold in alone.chain([parts.iter().copied().collect()]) {
            let (_, list) = listed(&wasm, |part| cold.contains(&part));
            let outlined = outline(&wasm, &Cold::read(&list.text()).unwrap()).unwrap();
            assert_eq!(run(&outlined), want, "{function}\nwith {cold:?} cut out");
            cut_out += Module::read(&outlined).unwrap().functions.len() - 1;
        }
    }
    assert_eq!(cut_out, 34, "parts that were cut out");
}

#[test]
fn a_function_that_changed_stays_whole() {
    let (_, list) = listed(&module(FUNCTIONS[0]), |_| true);
    let other = module(FUNCTIONS[1]);
    assert_eq!(Module::read(&outline(&other, &list).unwrap()).unwrap().functions.len(), 1);
}

#[test]
fn of_two_functions_with_one_name_only_what_neither_runs_is_cold() {
    let wasm = module(FUNCTIONS[0]);
    let (parts, mut list) = listed(&wasm, |_| true);
    let module = Module::read(&wasm).unwrap();
    let body = Body::read(module.types[0].params(), module.functions[0].body.as_ref().unwrap()).unwrap();
    list.add("f", &body, |part| part.after == parts[0]);
    assert_eq!(list.parts("f", &body), parts[1..=1]);
}

#[test]
fn a_copy_that_was_not_called_goes_to_the_rest_by_its_name() {
    let wasm = module(FUNCTIONS[0]);
    let names = |list: &Cold| {
        let outlined = outline(&wasm, &Cold::read(&list.text()).unwrap()).unwrap();
        let module = Module::read(&outlined).unwrap();
        module.functions.iter().map(|function| function.name.clone()).collect::<Vec<_>>()
    };
    let read = Module::read(&wasm).unwrap();
    let body = Body::read(read.types[0].params(), read.functions[0].body.as_ref().unwrap()).unwrap();
    let mut list = Cold::default();
    list.add_copy("f", &body);
    assert_eq!(names(&list), ["cold part of f"]);
    let (_, mut called) = listed(&wasm, |_| false);
    called.add_copy("f", &body);
    assert_eq!(names(&called), ["f"], "another of this shape was called");
}

#[test]
fn a_list_that_is_none_says_which_line() {
    let text = "0000000a 1,2 f\n0000000b copy f\n";
    assert_eq!(Cold::read(&format!("# head\n\n{text}")).unwrap().text(), text);
    for wrong in ["x", "zz 1 f", "0a 1,b f", "0a 1"] {
        assert!(Cold::read(wrong).is_err_and(|error| error.contains("line 1")), "{wrong}");
    }
}
