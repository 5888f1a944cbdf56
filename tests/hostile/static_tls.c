/* Asks for a megabyte in the block of thread-local memory that a running program can no longer enlarge. */
#include "bundle.h"

__thread char heavy[1 << 20] __attribute__((tls_model("initial-exec")));

char *weigh(void) {
    return heavy;
}
