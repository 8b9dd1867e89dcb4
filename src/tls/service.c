#include "tls/service.h"
