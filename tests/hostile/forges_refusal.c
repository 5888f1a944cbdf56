/* Its constructor knows the protocol: it says in the worker's name that it cannot be loaded, in words that paint the
 * terminal of whoever reads them. */
#include <sys/socket.h>
#include "bundle.h"

/* `Err(LoadFailure { code: "load.layout", message: "\x1b[31mred", details: Some("\x1b[2J\nclean") })` */
static const char reply[] = "\x01" "\x0bload.layout" "\x08\x1b[31mred" "\x01" "\x0a\x1b[2J\nclean";

__attribute__((constructor)) static void construct(void) {
    for (int descriptor = 0; descriptor < 64; descriptor++) {
        send(descriptor, reply, sizeof reply - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    }
}
