// The inner loops for any processor: see variant.inc.
#define BAKEOFF_VARIANT variant_generic
#define BAKEOFF_VARIANT_NAME "generic"
#define BAKEOFF_ROWS 2
#include "baker/kernels/variant.inc"
