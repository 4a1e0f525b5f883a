//! The text of the manifest, made at compile time.

const HEAD: &[u8] = concat!("plughost 1.2\n", env!("PLUGHOST_COMPILER"), "\n").as_bytes();
// "1.2" above must be the version of the contract.
const _: () = assert!(crate::abi::MAJOR == 1 && crate::abi::MINOR == 2);

/// Returns the size of a manifest in bytes: two lines, the JSON, a newline, NUL.
pub const fn manifest_len(json: &str) -> usize {
    HEAD.len() + json.len() + 2
}

/// Returns the manifest with this JSON in it. `N` is [`manifest_len`] of the same JSON.
pub const fn manifest<const N: usize>(json: &str) -> [u8; N] {
    let mut text = [0; N];
    let mut i = 0;
    while i < HEAD.len() {
        text[i] = HEAD[i];
        i += 1;
    }
    let json = json.as_bytes();
    while i < HEAD.len() + json.len() {
        text[i] = json[i - HEAD.len()];
        i += 1;
    }
    text[i] = b'\n';
    text
}

/// Makes a type that implements [`Plugin`](crate::Plugin) the plugin of this library.
///
/// The second argument is the manifest: JSON, or an expression such as `include_str!("manifest.json")`. After a colon the
/// first argument lists the traits that the host may use: `export!(Level: Filter, …)`,
/// `export!(Both: Filter + Exporter, …)`.
///
/// ```no_run
/// use plughost::{Context, Error, Host, Plugin, Sink};
///
/// struct Greet;
/// impl Plugin for Greet {
///     const NAME: &'static std::ffi::CStr = c"Greeting";
///     fn new(_config: &[u8], _host: Host) -> Result<Self, Error> {
///         Ok(Greet)
///     }
///     fn run(&self, _ctx: &Context, out: &mut Sink) -> Result<(), Error> {
///         out.put("Hello")
///     }
/// }
/// plughost::export!(Greet, { "id": "org.example.greet", "name": "greet", "version": "1.0.0" });
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! export {
    ($plugin:ty $(: $offer:ident $(+ $more:ident)*)?, { $($json:tt)* }) => {
        $crate::export!($plugin $(: $offer $(+ $more)*)?, stringify!({ $($json)* }));
    };
    ($plugin:ty $(: $offer:ident $(+ $more:ident)*)?, $json:expr) => {
        $crate::__named! {
            "manifest",
            #[doc(hidden)]
            #[used]
            #[allow(non_upper_case_globals)]
            #[cfg_attr(target_vendor = "apple", link_section = "__TEXT,__plug")]
            #[cfg_attr(not(target_vendor = "apple"), link_section = ".plug")]
            pub static plug_manifest: [u8; $crate::manifest_len($json)] = $crate::manifest($json);
        }

        // SAFETY: The SDK makes each struct for this id and this type, as a constant.
        unsafe impl $crate::entry::Offers for $plugin {
            fn extension(plugin: Option<&Self>, id: &std::ffi::CStr) -> *const std::ffi::c_void {
                let _ = (plugin, id);
                let found: Option<*const std::ffi::c_void> = None;
                $(
                    let found = found.or_else(|| $crate::kinds::offer::$offer::<$plugin>(plugin, id));
                    $(let found = found.or_else(|| $crate::kinds::offer::$more::<$plugin>(plugin, id));)*
                )?
                found.unwrap_or(std::ptr::null())
            }
        }

        $crate::__named! {
            "NewPlugin",
            #[doc(hidden)]
            #[allow(non_snake_case)]
            pub extern "C" fn NewPlugin() -> *mut $crate::abi::Plugin {
                $crate::entry::new_plugin::<$plugin>()
            }
        }
    };
}

/// Exports an item by its own name, which the host looks up in a library.
#[cfg(not(plughost_static))]
#[doc(hidden)]
#[macro_export]
macro_rules! __named {
    ($symbol:literal, $($item:tt)*) => {
        #[no_mangle]
        $($item)*
    };
}

/// Exports an item by a name with that of the crate in it, because plughost links several plugins into one file. The cfg
/// chooses the macro, and does not stand in it: a cfg in a macro would count where the macro is used.
#[cfg(plughost_static)]
#[doc(hidden)]
#[macro_export]
macro_rules! __named {
    ($symbol:literal, $($item:tt)*) => {
        #[export_name = concat!("plug_static_", env!("CARGO_CRATE_NAME"), "_", $symbol)]
        $($item)*
    };
}
