#include "tls/pump.h"
