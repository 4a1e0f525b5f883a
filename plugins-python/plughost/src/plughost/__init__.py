"""Makes a Python program a plugin of plughost: describe it by a Plugin, and hand that to serve()."""

from ._plugin import DROP, ConfigError, Exporter, Plugin, PluginError
from ._serve import serve

__all__ = ["DROP", "ConfigError", "Exporter", "Plugin", "PluginError", "serve"]
