/* A library of a bundle's own, which the tests compile by themselves: SAYS is a number and FUNCTION a name. Mapping it leaves
   a file with the number in its name. */
#include <stdio.h>
#include <stdlib.h>

unsigned FUNCTION(void) { return SAYS; }

__attribute__((constructor)) static void constructed(void)
{
    const char *path = getenv("BUNDLE_CONSTRUCTOR_WRITES");
    char trace[4096];
    if (path == NULL)
        return;
    snprintf(trace, sizeof trace, "%s.SAYS", path);
    FILE *file = fopen(trace, "w");
    if (file != NULL)
        fclose(file);
}
