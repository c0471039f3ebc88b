import { httpDevice, mqttDevice, socketDevice, webSocketDevice } from '../helpers/feed-devices.ts';
import { startMosquitto } from '../helpers/mosquitto.ts';
import { describeFeed } from './feed.ts';

describeFeed('socket.io', socketDevice);
describeFeed('WebSocket', webSocketDevice);
describeFeed('HTTP', httpDevice);
describeFeed('MQTT', {
  async start() {
    const broker = await startMosquitto();
    return {
      config: { mqttFeed: { url: broker.url } }, connect: mqttDevice(broker.url),
      ready: (server) => server.mqttFeed!.connected, stop: () => broker.remove() };
  },
});
