/* Its constructor writes where nothing is mapped. */
#include "bundle.h"

__attribute__((constructor)) static void construct(void) {
    *(volatile int *)8 = 1;
}
