/* Its constructor answers the host in place of the worker, on every socket that it finds. */
#include <sys/socket.h>
#include "bundle.h"

__attribute__((constructor)) static void construct(void) {
    for (int descriptor = 0; descriptor < 64; descriptor++) {
        send(descriptor, "\xff rubbish", 9, MSG_DONTWAIT | MSG_NOSIGNAL);
    }
}
