/* No constructor at all: what the others come to that do nothing worse. */
#include "bundle.h"
