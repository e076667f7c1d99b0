/* h2o.h: H2O's headers, set up for its own event loop. */
#ifndef PARLEY_NET_H2O_H
#define PARLEY_NET_H2O_H

#define H2O_USE_EPOLL 1
#include <h2o.h>
#include <h2o/http1.h>

#endif
