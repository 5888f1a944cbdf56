/* What a library needs to be taken for a bundle: the record of its manifest, and something that is called `register`. It
 * never has the header that a host looks for behind both, so a host that survives its constructor refuses it. */
__asm__(".pushsection .ce_bundle,\"a\",@progbits\n.incbin \"" RECORD "\"\n.popsection\n");

void entry(void) __asm__("register");
void entry(void) {}
