#ifndef REACH_H
#define REACH_H

/* Tries to reach the API server, the kubelet, the node and its neighbours, and says for each whether it could. */
void reach(void);

#endif
