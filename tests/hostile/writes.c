/* Its constructor writes the file that HOSTILE_WRITES names, or one in the root. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include "bundle.h"

__attribute__((constructor)) static void construct(void) {
    const char *path = getenv("HOSTILE_WRITES");
    int file = open(path ? path : "/hostile-was-here", O_WRONLY | O_CREAT, 0600);
    write(file, "a constructor ran\n", 18);
    close(file);
}
