/* Its constructor never returns. It says so, for whoever waits to see it there. */
#include <unistd.h>
#include "bundle.h"

__attribute__((constructor)) static void construct(void) {
    write(1, "in the loop\n", 12);
    for (volatile int busy = 1; busy;) {
    }
}
