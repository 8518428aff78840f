import millrace, { remarkMillrace } from 'millrace-docs/docusaurus';

const host = 'https://millrace.example/';

export default {
  title: 'Example',
  url: 'https://docs.example',
  baseUrl: '/',
  plugins: [[millrace, { host }]],
  presets: [['classic', { docs: { routeBasePath: '/', remarkPlugins: [[remarkMillrace, { host }]] }, blog: false, pages: false }]],
  themeConfig: { navbar: { title: 'Example' } },
};
