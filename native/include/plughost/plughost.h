/* plughost: the whole contract in one include. See docs/contract.md. */
#ifndef PLUGHOST_PLUGHOST_H
#define PLUGHOST_PLUGHOST_H

#include "aggregator.h"
#include "base.h"
#include "columns.h"
#include "exporter.h"
#include "filter.h"
#include "host.h"
#include "manifest.h"
#include "parser.h"
#include "plugin.h"
#include "row_filter.h"
#include "transform.h"

#endif
