#include "../shared/by_time.h"

PLUG_MANIFEST({
  "id" : "org.plughost.first",
  "name" : "first",
  "version" : "0.1.0",
  "description" : "The value of a column in the first row by time",
  "license" : "MIT",
  "extensions" : ["plug.aggregator/1"],
  "config" : {
    "type" : "object",
    "properties" : {
      "of" : {"type" : "string", "minLength" : 1, "description" : "The column whose value is asked for"},
      "by" : {"type" : "string", "minLength" : 1, "default" : "time", "description" : "The column that holds the time"}
    },
    "required" : ["of"],
    "additionalProperties" : false
  }
})

PLUG_EXPORT plug_plugin *NewPlugin(void) { return new_by_time(0); }
