/* Its constructor ends the process as if all were well. */
#include <stdlib.h>
#include "bundle.h"

__attribute__((constructor)) static void construct(void) {
    exit(0);
}
