import './shared/fonts.css';
import './shared/tokens.css';
import './shared/base.css';

import { mount } from 'svelte';
import App from './App.svelte';
import { startLook } from './shared/theme';

startLook();

const target = document.getElementById('app');
if (target === null) throw new Error('index.html has no #app');
mount(App, { target });
