/* plughost: the whole contract in one include. See docs/contract.md. */
#ifndef PLUGHOST_PLUGHOST_H
#define PLUGHOST_PLUGHOST_H

#include "base.h"
#include "exporter.h"
#include "filter.h"
#include "host.h"
#include "manifest.h"
#include "plugin.h"
#include "transform.h"

#endif
