#include "tls/relay.h"
