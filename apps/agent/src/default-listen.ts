/** In no service's name in the registries of ports that GPU hosts use (Prometheus exporters stand in 9100 to 9999). */
export const DEFAULT_LISTEN = '127.0.0.1:7420';
