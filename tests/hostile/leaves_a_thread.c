/* Its constructor leaves a thread behind that is never done. */
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include "bundle.h"

static void *stay(void *nothing) {
    for (;;) {
        sched_yield();
    }
    return nothing;
}

__attribute__((constructor)) static void construct(void) {
    pthread_t thread;
    pthread_create(&thread, NULL, stay, NULL);
}
