/* Its constructor closes every descriptor, the line to the host among them. */
#include <unistd.h>
#include "bundle.h"

__attribute__((constructor)) static void construct(void) {
    for (int descriptor = 0; descriptor < 1024; descriptor++) {
        close(descriptor);
    }
}
