//! Finds the files that a script imports among the files that the host has read.
use crate::module::Module;
use rquickjs::loader::{ImportAttributes, Loader, Resolver};
use rquickjs::module::Declared;
use rquickjs::{Ctx, Exception, Result};
use std::sync::Arc;

/// Resolves and loads the files of one script. There is nothing else to import.
#[derive(Clone)]
pub struct Imports(pub Arc<Module>);

impl Resolver for Imports {
    fn resolve<'js>(
        &mut self,
        js: &Ctx<'js>,
        importer: &str,
        specifier: &str,
        attributes: Option<ImportAttributes<'js>>,
    ) -> Result<String> {
        let found = match attributes {
            Some(_) => Err("an import has no attributes here"),
            None => path_of(importer, specifier),
        };
        let found = found.and_then(|path| match self.0.files.contains_key(&path) {
            true => Ok(path),
            false => Err("there is no such file"),
        });
        found.map_err(|reason| {
            Exception::throw_message(js, &format!("{importer} cannot import {specifier:?}: {reason}"))
        })
    }
}

impl Loader for Imports {
    fn load<'js>(
        &mut self,
        js: &Ctx<'js>,
        name: &str,
        _: Option<ImportAttributes<'js>>,
    ) -> Result<rquickjs::Module<'js, Declared>> {
        rquickjs::Module::declare(js.clone(), name, self.0.files[name].as_str())
    }
}

/// Returns the path that an import leads to, from the folder of the main file.
fn path_of(importer: &str, specifier: &str) -> std::result::Result<String, &'static str> {
    if !specifier.starts_with("./") && !specifier.starts_with("../") {
        return Err("a script imports its own files alone, by paths that begin with ./ or ../");
    }
    let mut path: Vec<&str> = importer.split('/').collect();
    path.pop();
    for part in specifier.split('/') {
        match part {
            "." => {}
            ".." if path.pop().is_none() => return Err("that is outside the folder of the script"),
            ".." => {}
            _ => path.push(part),
        }
    }
    Ok(path.join("/"))
}

#[cfg(test)]
mod tests {
    use super::path_of;

    #[test]
    fn imports_are_paths_from_the_folder_of_the_main_file() {
        let found = [
            ("x.js", "./util.js", "util.js"),
            ("x.js", "./lib/./a.js", "lib/a.js"),
            ("lib/a.js", "./b.js", "lib/b.js"),
            ("lib/a.js", "../x.js", "x.js"),
            ("lib/deep/a.js", "../../lib/b.js", "lib/b.js"),
        ];
        for (importer, specifier, path) in found {
            assert_eq!(path_of(importer, specifier).as_deref(), Ok(path), "{importer} {specifier}");
        }
        for (importer, specifier) in [("x.js", "../x.js"), ("lib/a.js", "../../x.js"), ("x.js", "./lib/../../x.js")] {
            assert_eq!(path_of(importer, specifier), Err("that is outside the folder of the script"));
        }
        for specifier in ["fs", "node:fs", "/etc/passwd", "file:///x.js", "", ".", "..", "util.js"] {
            assert!(path_of("x.js", specifier).is_err(), "{specifier}");
        }
    }
}
